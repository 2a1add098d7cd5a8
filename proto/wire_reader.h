// Reading protobuf's wire format straight into our own types, by protobuf's own inline functions.
// For codec_decode.cpp.
#pragma once

#include <google/protobuf/parse_context.h>
#include <google/protobuf/wire_format_lite.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "proto/limits.h"

namespace acq::wire {

namespace internal = google::protobuf::internal;

// All functions take the place in the buffer and give the place behind what they read, or nullptr
// when it is malformed. A tag and a varint take 15 bytes at most, so that many bytes behind the
// buffer must be readable; fields() sees to it that nothing behind the end is used.
inline constexpr std::size_t kSlop = 16;

constexpr std::uint32_t varint(int field) {
  return internal::WireFormatLite::MakeTag(field, internal::WireFormatLite::WIRETYPE_VARINT);
}
constexpr std::uint32_t fixed64(int field) {
  return internal::WireFormatLite::MakeTag(field, internal::WireFormatLite::WIRETYPE_FIXED64);
}
constexpr std::uint32_t fixed32(int field) {
  return internal::WireFormatLite::MakeTag(field, internal::WireFormatLite::WIRETYPE_FIXED32);
}
constexpr std::uint32_t bytes(int field) {
  return internal::WireFormatLite::MakeTag(field,
                                           internal::WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
}

// Most values fit one byte: that case alone is worth being inline.
template <typename T>
[[gnu::always_inline]] inline const char* read_varint(const char* at, T& out) {
  static_assert(sizeof(T) == 8 || sizeof(T) == 4);
  const auto first = static_cast<std::uint8_t>(*at);
  if (first >= 0x80) return internal::VarintParse(at, &out);
  out = first;
  return at + 1;
}
inline const char* read_varint(const char* at, bool& out) {
  std::uint64_t value = 0;
  at = read_varint(at, value);
  out = value != 0;
  return at;
}

// A fixed64, sfixed64, double or fixed32.
template <typename T>
const char* read_fixed(const char* at, T& out) {
  static_assert(sizeof(T) == 8 || sizeof(T) == 4);
  out = internal::UnalignedLoad<T>(at);
  return at + sizeof(T);
}

// A length and the bytes that follow it.
inline const char* read_bytes(const char* at, const char* end, std::string_view& out) {
  std::uint32_t length = static_cast<std::uint8_t>(*at);
  if (length < 0x80) {
    ++at;
  } else {
    length = internal::ReadSize(&at);
  }
  if (at == nullptr || at > end || length > static_cast<std::size_t>(end - at)) return nullptr;
  out = {at, length};
  return at + length;
}

inline const char* skip_group(const char* at, const char* end, std::uint32_t tag, int depth);

// A field that is not known. Not protobuf's own SkipField(): over a buffer that takes tags and lengths
// of more bytes than its message parser does, and what one reader accepts, all must.
inline const char* skip(const char* at, const char* end, std::uint32_t tag,
                        int depth = limits::kNesting) {
  using Wire = internal::WireFormatLite;
  if (at > end || Wire::GetTagFieldNumber(tag) == 0) return nullptr;
  std::uint64_t number = 0;
  std::string_view text;
  switch (Wire::GetTagWireType(tag)) {
    case Wire::WIRETYPE_VARINT: at = read_varint(at, number); break;
    case Wire::WIRETYPE_FIXED64: at += sizeof(std::uint64_t); break;
    case Wire::WIRETYPE_FIXED32: at += sizeof(std::uint32_t); break;
    case Wire::WIRETYPE_LENGTH_DELIMITED: at = read_bytes(at, end, text); break;
    case Wire::WIRETYPE_START_GROUP: return skip_group(at, end, tag, depth);
    default: return nullptr;
  }
  return at != nullptr && at <= end ? at : nullptr;
}

// The fields of a group up to its end; `tag` began it.
inline const char* skip_group(const char* at, const char* end, std::uint32_t tag, int depth) {
  const std::uint32_t last =
      internal::WireFormatLite::MakeTag(internal::WireFormatLite::GetTagFieldNumber(tag),
                                        internal::WireFormatLite::WIRETYPE_END_GROUP);
  if (depth == 0) return nullptr;
  while (at < end) {
    std::uint32_t inner = 0;
    at = internal::ReadTag(at, &inner);
    if (at == nullptr || at > end) return nullptr;
    if (inner == last) return at;
    at = skip(at, end, inner, depth - 1);
    if (at == nullptr) return nullptr;
  }
  return nullptr;
}

// Whether `tag` comes next, written in as few bytes as it takes.
template <std::uint32_t kTag>
[[gnu::always_inline]] inline bool is_next(const char* at) {
  static_assert(kTag < 1U << 14);
  if constexpr (kTag < 0x80) return *at == static_cast<char>(kTag);
  constexpr std::array<char, 2> kWritten = {static_cast<char>(kTag | 0x80),
                                            static_cast<char>(kTag >> 7)};
  return std::memcmp(at, kWritten.data(), kWritten.size()) == 0;
}

// Gives the field to `take` if it comes next; a list or a text as often as it comes.
template <std::uint32_t kTag, typename Take>
[[gnu::always_inline]] inline const char* field_if_next(const char* at, const char* end,
                                                        const Take& take) {
  constexpr bool kMayRepeat = kTag % 8 == internal::WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
  while (at < end && is_next<kTag>(at)) {
    at = take(kTag, at + (kTag < 0x80 ? 1 : 2), end);
    if (at == nullptr || at > end) return nullptr;
    if (!kMayRepeat) break;
  }
  return at;
}

// Gives each field of a message to `take(tag, at, end)`. `kUsual` are tags in the order in which they are
// usually written: as long as the message keeps to it, the next one is compared with what is
// expected, and what `take` does with it is known when this is compiled. The rest is looked up.
template <std::uint32_t... kUsual, typename Take>
[[gnu::always_inline]] inline const char* fields(const char* at, const char* end,
                                                 const Take& take) {
  if (!(((at = field_if_next<kUsual>(at, end, take)) != nullptr) && ...)) return nullptr;
  while (at < end) {
    std::uint32_t tag = 0;
    at = internal::ReadTag(at, &tag);
    if (at == nullptr) return nullptr;
    at = take(tag, at, end);
    if (at == nullptr || at > end) return nullptr;
  }
  return at;
}

// The same for a message within a message.
template <std::uint32_t... kUsual, typename Take>
[[gnu::always_inline]] inline const char* message(const char* at, const char* end,
                                                  const Take& take) {
  std::string_view body;
  at = read_bytes(at, end, body);
  if (at == nullptr) return nullptr;
  return fields<kUsual...>(body.data(), at, take);
}

}  // namespace acq::wire
