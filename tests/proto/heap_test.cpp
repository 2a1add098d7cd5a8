// What a hostile message may cost, and that the data path costs nothing.
#include <gtest/gtest.h>

#include <functional>

#include "proto/codec.h"
#include "proto/limits.h"
#include "proto/messages.h"
#include "tests/proto/sample_frames.h"
#include "tests/support/heap_peak.h"

namespace acq {
namespace {

using testing::HeapPeak;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string varint(std::size_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7F) | 0x80);
  return out + static_cast<char>(value);
}

// A length-delimited field.
std::string field(int number, const std::string& body) {
  return varint(static_cast<std::size_t>(number) << 3 | 2) + varint(body.size()) + body;
}

std::string repeated(std::size_t bytes, const std::function<std::string(std::size_t)>& item) {
  std::string out;
  for (std::size_t i = 0;; ++i) {
    const std::string next = item(i);
    if (out.size() + next.size() > bytes) return out;
    out += next;
  }
}

// The shapes that grow most when parsed, each close to 64 KiB.
std::vector<std::pair<const char*, std::string>> crafted_requests() {
  constexpr std::size_t kRoom = limits::kControlBytes - 64;
  const auto in_value = [](const std::string& value) {  // set.assignments.value
    return field(14, field(1, field(2, value)));
  };
  const auto key = [](std::size_t i) { return field(1, field(1, std::to_string(i))); };
  return {
      {"empty assignments", field(14, repeated(kRoom, [](auto) { return field(1, ""); }))},
      {"empty values", in_value(field(4, repeated(kRoom, [](auto) { return field(1, ""); })))},
      {"empty lists",
       in_value(field(4, repeated(kRoom, [](auto) { return field(1, field(4, "")); })))},
      {"empty tables",
       in_value(field(4, repeated(kRoom, [](auto) { return field(1, field(5, "")); })))},
      {"small keys", in_value(field(5, repeated(kRoom, key)))},
      {"equal keys", in_value(field(5, repeated(kRoom, [](auto) { return field(1, ""); })))},
      {"empty paths", field(13, repeated(kRoom, [](auto) { return field(1, ""); }))},
      {"unknown varints", repeated(kRoom, [](auto) { return std::string("\x18\x01"); })},
      {"unknown groups", repeated(kRoom, [](auto) { return std::string("\x1B\x1C"); })},
      {"unknown bytes", repeated(kRoom, [](auto) { return field(30, ""); })},
      {"claims to be long", std::string("\xA2\x01\xFE\xFF\xB0\x06", 6) + std::string(kRoom, '\0')},
      {"one long text", field(10, field(1, std::string(kRoom, 'x')))},
  };
}

TEST(RequestHeap, StaysBelow64TimesTheMessage) {
  for (const auto& [name, raw] : crafted_requests()) {
    ASSERT_LE(raw.size(), limits::kControlBytes);
    ASSERT_GT(raw.size(), limits::kControlBytes * 9 / 10);
    const HeapPeak heap;
    const auto request = decode_request(bytes_of(raw));
    EXPECT_LE(heap.bytes(), 64 * raw.size()) << name;
    EXPECT_FALSE(request) << name;
  }
}

// Found by fuzzing: lengths of fields that go far beyond the message, in an unknown field and in a
// message that itself claims to be long.
TEST(RequestHeap, AFieldThatClaimsToBeLongReservesNothing) {
  for (const std::string_view raw :
       {std::string_view("\x08\x07\x10\xF4\x03\xA2\x00\xFE\xFF\xB0\x06\x61\x63\x06", 14),
        std::string_view("\x72\xFF\xFF\xFF\x7F\x0A\xFF\xFF\xFF\x7E\x0A\xFF\xFF\xFF\x7Dx", 16)}) {
    const std::string text(raw);
    EXPECT_FALSE(decode_request(bytes_of(text)));
    const HeapPeak heap;
    EXPECT_FALSE(decode_request(bytes_of(text)));
    EXPECT_LE(heap.bytes(), 64 * raw.size());
  }
}

TEST(HeaderHeap, EncodingAllocatesNothing) {
  const auto frame = testing::full_frame(testing::full_topic());
  std::vector<std::byte> bytes(header_bound(*frame->topic));
  const HeapPeak heap;
  for (std::uint64_t i = 0; i < 100; ++i) encode_header(*frame, i, 1, bytes);
  EXPECT_EQ(heap.allocations(), 0U);
}

TEST(HeaderHeap, DecodingAgainAllocatesNothing) {
  const auto frame = testing::full_frame(testing::full_topic());
  const std::vector<std::byte> bytes = testing::encoded(*frame);
  FrameHeader header;
  ASSERT_TRUE(decode_header(bytes, frame->payload_bytes, header));
  const HeapPeak heap;
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(decode_header(bytes, frame->payload_bytes, header));
  EXPECT_EQ(heap.allocations(), 0U);
}

TEST(HeaderHeap, StaysBelow64TimesAHostileHeader) {
  for (const int number : {9, 31, 32, 100}) {  // axes, triggers, results, unknown
    const std::string raw = repeated(limits::kHeaderBytes, [&](auto) { return field(number, ""); });
    FrameHeader header;
    const HeapPeak heap;
    EXPECT_FALSE(decode_header(bytes_of(raw), 0, header));
    EXPECT_LE(heap.bytes(), 64 * raw.size()) << number;
  }
}

}  // namespace
}  // namespace acq
