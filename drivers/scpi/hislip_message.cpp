#include "drivers/scpi/hislip_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "drivers/transport/wait.h"

namespace acq::scpi {
namespace {

template <typename T>
void put(std::byte* at, T value) noexcept {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    at[i] = static_cast<std::byte>(value >> (8 * (sizeof(T) - 1 - i)) & 0xff);
}

template <typename T>
T get(const std::byte* at) noexcept {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>(value << 8 | std::to_integer<T>(at[i]));
  return value;
}

}  // namespace

HislipBytes encode(const HislipHeader& header) noexcept {
  HislipBytes raw{std::byte{'H'}, std::byte{'S'}, static_cast<std::byte>(header.type),
                  static_cast<std::byte>(header.control)};
  put(raw.data() + 4, header.parameter);
  put(raw.data() + 8, header.length);
  return raw;
}

Result<HislipHeader> decode(std::span<const std::byte, kHislipHeader_bytes> raw) {
  if (raw[0] != std::byte{'H'} || raw[1] != std::byte{'S'})
    return fail(Code::kIo, "what came is no HiSLIP message");
  const HislipHeader header{.type = static_cast<HislipType>(raw[2]),
                            .control = std::to_integer<std::uint8_t>(raw[3]),
                            .parameter = get<std::uint32_t>(raw.data() + 4),
                            .length = get<std::uint64_t>(raw.data() + 8)};
  const bool is_data = header.type == HislipType::kData || header.type == HislipType::kDataEnd;
  const std::uint64_t most = is_data ? kMostHislipData_bytes : kMostHislipControl_bytes;
  if (header.length <= most) return header;
  return fail(Code::kIo,
              fmt::format("a HiSLIP message of type {} with {} bytes",
                          static_cast<int>(header.type), header.length),
              {}, fmt::format("at most {}", most));
}

Result<HislipHeader> HislipChannel::next(const Until& until) {
  if (!is_usable_) return fail(Code::kDisconnected, "the connection is of no more use");
  while (left_ > 0) {
    std::array<std::byte, 4096> scratch;
    if (Result<std::size_t> skipped = read(scratch, until); !skipped)
      return tl::unexpected<Error>(skipped.error());
    if (left_ > 0 && is_over(until)) return fail(Code::kTimeout, "a message does not end in time");
  }
  while (header_have_ < header_.size()) {
    const Result<std::size_t> got = stream_->read(std::span(header_).subspan(header_have_), until);
    if (!got) {
      if (got.error().code != Code::kTimeout) is_usable_ = false;
      return tl::unexpected<Error>(got.error());
    }
    header_have_ += *got;
  }
  header_have_ = 0;
  const Result<HislipHeader> header = decode(header_);
  if (!header) {
    is_usable_ = false;
    return header;
  }
  left_ = header->length;
  return header;
}

Result<std::size_t> HislipChannel::read(std::span<std::byte> into, const Until& until) {
  const std::size_t most = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left_));
  if (most == 0) return 0;
  const Result<std::size_t> got = stream_->read(into.first(most), until);
  if (got) {
    left_ -= *got;
  } else if (got.error().code != Code::kTimeout) {
    is_usable_ = false;
  }
  return got;
}

Result<std::string> HislipChannel::read_text(const Until& until) {
  ACQ_CHECK(left_ <= kMostHislipControl_bytes);
  std::string text(static_cast<std::size_t>(left_), '\0');
  std::size_t have = 0;
  while (have < text.size()) {
    const auto rest = std::as_writable_bytes(std::span(text)).subspan(have);
    const Result<std::size_t> got = read(rest, until);
    if (!got) return tl::unexpected<Error>(got.error());
    have += *got;
  }
  return text;
}

Result<void> HislipChannel::send(const HislipHeader& header, std::string_view payload,
                                 const Until& until) {
  if (!is_usable_) return fail(Code::kDisconnected, "the connection is of no more use");
  HislipHeader whole = header;
  whole.length = payload.size();
  const HislipBytes raw = encode(whole);
  std::vector<std::byte> message(raw.begin(), raw.end());
  const auto bytes = std::as_bytes(std::span(payload));
  message.insert(message.end(), bytes.begin(), bytes.end());
  Result<void> sent = stream_->write(message, until);
  if (!sent) is_usable_ = false;
  return sent;
}

Error error_of(const HislipHeader& header, std::string_view payload) {
  // IVI-6.1, tables 14 and 16.
  constexpr const char* kFatal[] = {"unidentified error",
                                    "poorly formed message header",
                                    "both connections are needed",
                                    "wrong initialisation",
                                    "too many clients",
                                    "secure connection failed"};
  constexpr const char* kOther[] = {"unidentified error",   "unknown message type",
                                    "unknown control code", "unknown vendor message",
                                    "message too large",    "authentication failed"};
  const bool is_fatal = header.type == HislipType::kFatalError;
  const std::span<const char* const> words =
      is_fatal ? std::span<const char* const>(kFatal) : std::span<const char* const>(kOther);
  const std::string word = header.control < words.size() ? words[header.control]
                                                         : fmt::format("error {}", header.control);
  return Error{.code = is_fatal ? Code::kDisconnected : Code::kIo,
               .sentence = fmt::format("the instrument {}: {} {}",
                                       is_fatal ? "gave the connection up" : "refused a message",
                                       word, payload.empty() ? "" : quote(payload))};
}

}  // namespace acq::scpi
