// Headers as random as frames can be, and one whose bytes never change.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "proto/codec.h"
#include "tests/proto/header_message.h"
#include "tests/proto/sample_frames.h"

namespace acq {
namespace {

using testing::encoded;

double finite_number() {
  return *rc::gen::suchThat(rc::gen::arbitrary<double>(),
                            [](double x) { return std::isfinite(x); });
}
double deviation() {
  return *rc::gen::arbitrary<bool>() ? kUnknown : std::abs(finite_number());
}
template <typename Enum>
Enum any_of(Enum last) {
  return static_cast<Enum>(*rc::gen::inRange(0, static_cast<int>(last) + 1));
}
std::string any_name() {
  return *rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '~'));
}

std::shared_ptr<TopicInfo> any_topic() {
  auto topic = std::make_shared<TopicInfo>();
  topic->kind = *rc::gen::element(Kind::kWaveform, Kind::kRecord, Kind::kSpectrum, Kind::kScalars,
                                  Kind::kEvent);
  topic->dtype = static_cast<Dtype>(*rc::gen::inRange(1, static_cast<int>(Dtype::kC64) + 1));
  topic->layout = any_of(Layout::kPlanar);
  topic->channels.resize(static_cast<std::size_t>(*rc::gen::inRange(1, 65)));
  for (int i = *rc::gen::inRange(0, 5); i > 0; --i) {
    topic->axes.push_back({any_name(), any_name(), any_of(AxisRule::kList), finite_number(),
                           std::abs(finite_number()) + 1e-300});
  }
  const auto most = static_cast<int>(kMaxResults / topic->channels.size());
  for (int i = *rc::gen::inRange(0, std::min(most, 4) + 1); i > 0; --i) {
    topic->results.push_back({any_name(), any_name()});
  }
  topic->group_delay = {*rc::gen::arbitrary<std::uint64_t>(),
                        *rc::gen::inRange<std::uint64_t>(1, 9)};
  for (std::uint8_t& byte : topic->stream_id) byte = *rc::gen::arbitrary<std::uint8_t>();
  topic->descriptor_id = *rc::gen::arbitrary<std::uint64_t>();
  topic->run_id = *rc::gen::arbitrary<std::uint64_t>();
  topic->config_revision = *rc::gen::arbitrary<std::uint64_t>();
  topic->header_constant = encode_constant(*topic);
  return topic;
}

std::unique_ptr<Frame> any_frame() {
  auto frame = std::make_unique<Frame>();
  const auto topic = any_topic();
  frame->topic = topic;
  frame->epoch = *rc::gen::arbitrary<std::uint32_t>();
  frame->first_index = *rc::gen::inRange<std::uint64_t>(0, UINT64_MAX - 100'000);
  frame->count = *rc::gen::inRange<std::uint32_t>(0, 100'000);
  frame->gap_before = {*rc::gen::arbitrary<std::uint64_t>(),
                       *rc::gen::inRange<std::uint32_t>(0, 1U << kGapReasonCount),
                       *rc::gen::arbitrary<bool>()};
  frame->flags = *rc::gen::arbitrary<std::uint32_t>();
  frame->overrange_low = *rc::gen::arbitrary<std::uint64_t>();
  frame->overrange_high = *rc::gen::arbitrary<std::uint64_t>();
  frame->stamp = {.t0_ticks = *rc::gen::arbitrary<std::int64_t>(),
                  .tick_s = {*rc::gen::inRange<std::uint64_t>(1, UINT64_MAX),
                             *rc::gen::inRange<std::uint64_t>(1, UINT64_MAX)},
                  .scale = any_of(TimeScale::kFreeRunning),
                  .origin = any_of(TimeOrigin::kComputed),
                  .clock_state = any_of(ClockState::kHoldover),
                  .sigma_ns = deviation(),
                  .host_rx_ns = *rc::gen::arbitrary<std::int64_t>()};
  frame->has_axis_start = *rc::gen::arbitrary<bool>();
  frame->axis_start = finite_number();
  frame->trigger_count = *rc::gen::inRange<std::uint32_t>(0, kMaxTriggers + 1);
  for (std::uint32_t i = 0; i < frame->trigger_count; ++i) {
    frame->triggers[i] = {finite_number(), *rc::gen::inRange<std::uint32_t>(0, kMaxChannels),
                          *rc::gen::arbitrary<bool>(), finite_number()};
  }
  frame->result_count = static_cast<std::uint32_t>(topic->channels.size() * topic->results.size());
  for (std::uint32_t i = 0; i < frame->result_count; ++i) {
    frame->results[i] = {finite_number(), deviation(),
                         *rc::gen::element<const char*>("", "no edge", "flat")};
  }
  frame->payload_bytes = topic->kind == Kind::kScalars
                             ? 0
                             : topic->channels.size() * frame->count * size_of(topic->dtype);
  return frame;
}

RC_GTEST_PROP(CodecProperty, WhatIsEncodedIsWhatIsDecoded, ()) {
  const auto frame = any_frame();
  const auto sequence = *rc::gen::arbitrary<std::uint64_t>();
  const auto crc = *rc::gen::arbitrary<std::uint32_t>();
  const std::vector<std::byte> bytes = encoded(*frame, sequence, crc);
  v1::FrameHeader theirs;
  RC_ASSERT(theirs.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  if (frame->payload_bytes > std::size_t{64} << 20) {
    RC_ASSERT(!decode_header(bytes, frame->payload_bytes));
    return;
  }
  const auto header = decode_header(bytes, frame->payload_bytes);
  if (!header) RC_FAIL(to_string(header.error()));
  RC_ASSERT(header->sequence == sequence);
  RC_ASSERT(header->crc32c == crc);
  RC_ASSERT(header->first_index == frame->first_index);
  RC_ASSERT(header->count == frame->count);
  RC_ASSERT(header->gap_before == frame->gap_before);
  RC_ASSERT(header->results.size() == frame->result_count);
  const v1::FrameHeader ours = testing::to_message(*header);
  RC_ASSERT(ours.SerializeAsString() == testing::normalised(theirs).SerializeAsString());
}

RC_GTEST_PROP(CodecProperty, AHeaderWithOneByteChangedIsReadAsProtobufReadsItOrRefused, ()) {
  const auto frame = testing::full_frame(testing::full_topic());
  std::vector<std::byte> bytes = encoded(*frame);
  bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] =
      static_cast<std::byte>(*rc::gen::arbitrary<std::uint8_t>());
  const auto header = decode_header(bytes, frame->payload_bytes);
  if (!header) return;
  v1::FrameHeader theirs;
  RC_ASSERT(theirs.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  RC_ASSERT(testing::to_message(*header).SerializeAsString() ==
            testing::normalised(theirs).SerializeAsString());
}

std::string hex(const std::vector<std::byte>& bytes) {
  std::string out;
  for (const std::byte byte : bytes) {
    out += "0123456789abcdef"[std::to_integer<int>(byte) >> 4];
    out += "0123456789abcdef"[std::to_integer<int>(byte) & 15];
  }
  return out;
}

// Made by encode_header() of protocol version 1.0 and read back field by field with protoc
// --decode=acq.v1.FrameHeader (3.21). A released client reads exactly these bytes: they may only
// change together with the protocol's major version.
TEST(CodecGolden, TheBytesOfAHeaderNeverChange) {
  EXPECT_EQ(hex(encoded(*testing::full_frame(testing::full_topic()))),
            "08e8071210a0a1a2a3a4a5a6a7a8a9aaabacadaeaf19efcdab8967452301211032547698badcfe280730"
            "02380640014a1b0a0474696d65120173212d431cebe2362abf298dedb5a0f7c6b03e5204081f1002592a"
            "0000000000000060036907ca9a3b0000000070e807780582010302e8078a01080801108094ebdc039001"
            "02980103a00103a90115cd853dfe9c9717b1010000000000709740b90168f3c8f4e5000000c0018004c8"
            "0106d00101d80101e00102e9013e07b7314d432abff501efbeaddefa011609a4703d0ad70b6940100118"
            "0121000000000000e03f82021c1203726d731a015621000000000000d03f29fca9f1d24d62503f300182"
            "021d12047065616b1a015621000000000000e03f29fca9f1d24d62503f300182021e08011203726d731a"
            "015621000000000000e83f29fca9f1d24d62503f3001820226080112047065616b1a0156210000000000"
            "00f03f29fca9f1d24d62503f3a076e6f2065646765");
}

}  // namespace
}  // namespace acq
