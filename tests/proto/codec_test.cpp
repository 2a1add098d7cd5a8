#include "proto/codec.h"

#include <gtest/gtest.h>

#include <cmath>

#include "acq/v1/frame.pb.h"
#include "tests/proto/sample_frames.h"

namespace acq {
namespace {

using testing::encoded;
using testing::full_frame;
using testing::full_topic;

v1::FrameHeader parsed(const std::vector<std::byte>& bytes) {
  v1::FrameHeader header;
  EXPECT_TRUE(header.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  return header;
}

TEST(Codec, GivesBackEveryFieldOfAHeader) {
  const auto frame = full_frame(full_topic());
  const auto header = decode_header(encoded(*frame), frame->payload_bytes);
  ASSERT_TRUE(header) << to_string(header.error());
  EXPECT_EQ(header->version, kWireVersion);
  EXPECT_EQ(header->stream_id, frame->topic->stream_id);
  EXPECT_EQ(header->descriptor_id, 0x0123456789ABCDEFU);
  EXPECT_EQ(header->run_id, 0xFEDCBA9876543210U);
  EXPECT_EQ(header->config_revision, 7U);
  EXPECT_EQ(header->kind, Kind::kRecord);
  EXPECT_EQ(header->dtype, Dtype::kF32);
  EXPECT_EQ(header->layout, Layout::kPlanar);
  ASSERT_EQ(header->axes.size(), 1U);
  EXPECT_EQ(header->axes[0].name, "time");
  EXPECT_EQ(header->axes[0].unit, "s");
  EXPECT_EQ(header->axes[0].rule, AxisRule::kLinear);
  EXPECT_EQ(header->axes[0].start, -2e-4);
  EXPECT_EQ(header->axes[0].step, 1e-6);
  EXPECT_EQ(header->group_delay, (Rational{31, 2}));
  EXPECT_EQ(header->epoch, 3U);
  EXPECT_EQ(header->sequence, 42U);
  EXPECT_EQ(header->first_index, 1'000'000'007U);
  EXPECT_EQ(header->count, 1000U);
  EXPECT_EQ(header->gap_before, (Gap{512, kGapRingFull | kGapUsb, false}));
  EXPECT_EQ(header->flags, kFlagTriggered | kFlagSimulated);
  EXPECT_EQ(header->shape, (std::vector<std::uint64_t>{2, 1000}));
  EXPECT_EQ(header->overrange_low, 1U);
  EXPECT_EQ(header->overrange_high, 2U);
  EXPECT_EQ(header->crc32c, 0xDEADBEEFU);
  EXPECT_TRUE(header->has_axis_start);
  EXPECT_EQ(header->axis_start, -2.0037e-4);
}

TEST(Codec, PackedLogicHasOneWordASample) {
  const auto topic = full_topic();
  topic->layout = Layout::kPacked;
  topic->dtype = Dtype::kU16;
  for (const Kind kind : {Kind::kLogic, Kind::kRecord}) {
    topic->kind = kind;
    topic->header_constant = encode_constant(*topic);
    const auto frame = full_frame(topic);
    frame->payload_bytes = frame->count * sizeof(std::uint16_t);
    const auto header = decode_header(encoded(*frame), frame->payload_bytes);
    ASSERT_TRUE(header) << to_string(header.error());
    EXPECT_EQ(header->kind, kind);
    EXPECT_EQ(header->shape, (std::vector<std::uint64_t>{1000}));
    EXPECT_TRUE(holds_bits(*header));
  }
}

// A description on a topic of packed logic has the topic's layout, and is no logic.
TEST(Codec, AMessageOnAPackedTopicHoldsNoBits) {
  const auto topic = full_topic();
  topic->kind = Kind::kLogic;
  topic->layout = Layout::kPacked;
  topic->dtype = Dtype::kU8;
  topic->header_constant = encode_constant(*topic);
  std::vector<std::byte> bytes(header_bound(*topic));
  bytes.resize(encode_message_header(*topic, Kind::kDescription, 7, 33, 0, bytes));
  const auto header = decode_header(bytes, 33);
  ASSERT_TRUE(header) << to_string(header.error());
  EXPECT_EQ(header->kind, Kind::kDescription);
  EXPECT_FALSE(holds_bits(*header));
}

TEST(Codec, KnowsIqFramesAndHoldsThemToTheirShape) {
  const auto topic = full_topic();
  topic->kind = Kind::kIq;
  topic->header_constant = encode_constant(*topic);
  const auto frame = full_frame(topic);
  const auto header = decode_header(encoded(*frame), frame->payload_bytes);
  ASSERT_TRUE(header) << to_string(header.error());
  EXPECT_EQ(header->kind, Kind::kIq);
  v1::FrameHeader other = parsed(encoded(*frame));
  other.set_count(999);
  const std::string bytes = other.SerializeAsString();
  EXPECT_EQ(decode_header(std::as_bytes(std::span(bytes)), frame->payload_bytes).error().where,
            "count");
}

TEST(Codec, GivesBackTimeTriggersAndResults) {
  const auto frame = full_frame(full_topic());
  const auto header = decode_header(encoded(*frame), frame->payload_bytes);
  ASSERT_TRUE(header) << to_string(header.error());
  EXPECT_EQ(header->stamp.t0_ticks, 1'700'000'000'123'456'789);
  EXPECT_EQ(header->stamp.tick_s, (Rational{1, 1'000'000'000}));
  EXPECT_EQ(header->stamp.scale, TimeScale::kUtc);
  EXPECT_EQ(header->stamp.origin, TimeOrigin::kHostArrival);
  EXPECT_EQ(header->stamp.clock_state, ClockState::kLocked);
  EXPECT_EQ(header->stamp.sigma_ns, 1500);
  EXPECT_EQ(header->stamp.host_rx_ns, 987'654'321'000);
  ASSERT_EQ(header->triggers.size(), 1U);
  EXPECT_EQ(header->triggers[0].position, 200.37);
  EXPECT_EQ(header->triggers[0].channel, 1U);
  EXPECT_TRUE(header->triggers[0].is_rising);
  EXPECT_EQ(header->triggers[0].level, 0.5);
  ASSERT_EQ(header->results.size(), 4U);
  EXPECT_EQ(header->results[2].channel, 1U);
  EXPECT_EQ(header->results[2].name, "rms");
  EXPECT_EQ(header->results[2].value, 0.75);
  EXPECT_EQ(header->results[2].uncertainty, 0.001);
  EXPECT_TRUE(header->results[2].is_valid);
  EXPECT_EQ(header->results[3].name, "peak");
  EXPECT_FALSE(header->results[3].is_valid);
  EXPECT_EQ(header->results[3].reason, "no edge");
}

TEST(Codec, WritesTheBytesProtobufWouldWrite) {
  const auto frame = full_frame(full_topic());
  const std::vector<std::byte> ours = encoded(*frame);
  const std::string theirs = parsed(ours).SerializeAsString();
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(ours.data()), ours.size()), theirs);
}

TEST(Codec, KeepsExtremeAndUnknownValues) {
  const auto frame = full_frame(full_topic());
  frame->first_index = UINT64_MAX - 1000;
  frame->gap_before = {UINT64_MAX, (1U << kGapReasonCount) - 1, true};
  frame->stamp.t0_ticks = INT64_MIN;
  frame->stamp.host_rx_ns = -1;
  frame->stamp.tick_s = {UINT64_MAX, UINT64_MAX};
  frame->stamp.sigma_ns = kUnknown;
  frame->axis_start = -0.0;
  frame->results[0] = {kUnknown, kUnknown, "flat"};
  const auto header = decode_header(encoded(*frame, UINT64_MAX), frame->payload_bytes);
  ASSERT_TRUE(header) << to_string(header.error());
  EXPECT_EQ(header->sequence, UINT64_MAX);
  EXPECT_EQ(header->first_index, UINT64_MAX - 1000);
  EXPECT_EQ(header->gap_before, frame->gap_before);
  EXPECT_EQ(header->stamp.t0_ticks, INT64_MIN);
  EXPECT_EQ(header->stamp.host_rx_ns, -1);
  EXPECT_EQ(header->stamp.tick_s, frame->stamp.tick_s);
  EXPECT_TRUE(std::isnan(header->stamp.sigma_ns));
  EXPECT_TRUE(header->has_axis_start);
  EXPECT_TRUE(std::isnan(header->results[0].value));
  EXPECT_TRUE(std::isnan(header->results[0].uncertainty));
}

TEST(Codec, WritesAnEmptyFrameOfANewTopic) {
  auto topic = std::make_shared<TopicInfo>();
  topic->channels.resize(1);
  topic->header_constant = encode_constant(*topic);
  Frame frame;
  frame.topic = topic;
  const auto header = decode_header(encoded(frame, 0, 0), 0);
  ASSERT_TRUE(header) << to_string(header.error());
  EXPECT_EQ(header->shape, (std::vector<std::uint64_t>{1, 0}));
  EXPECT_FALSE(header->has_axis_start);
  EXPECT_TRUE(std::isnan(header->stamp.sigma_ns));
}

TEST(Codec, ShapesInterleavedSamplesAsScans) {
  auto topic = full_topic();
  topic->layout = Layout::kInterleaved;
  topic->header_constant = encode_constant(*topic);
  const auto frame = full_frame(topic);
  const auto header = decode_header(encoded(*frame), frame->payload_bytes);
  ASSERT_TRUE(header) << to_string(header.error());
  EXPECT_EQ(header->shape, (std::vector<std::uint64_t>{1000, 2}));
}

TEST(Codec, ScalarsWithoutPayloadHaveNoShape) {
  auto topic = full_topic();
  topic->kind = Kind::kScalars;
  topic->header_constant = encode_constant(*topic);
  const auto frame = full_frame(topic);
  frame->payload_bytes = 0;
  const auto header = decode_header(encoded(*frame), 0);
  ASSERT_TRUE(header) << to_string(header.error());
  EXPECT_TRUE(header->shape.empty());
  EXPECT_EQ(header->results.size(), 4U);
}

TEST(Codec, ADescriptionOnADataTopicReplacesKindAndDtype) {
  const auto topic = full_topic();
  std::vector<std::byte> bytes(header_bound(*topic));
  bytes.resize(encode_message_header(*topic, Kind::kDescription, 9, 321, 5, bytes));
  const auto header = decode_header(bytes, 321);
  ASSERT_TRUE(header) << to_string(header.error());
  EXPECT_EQ(header->kind, Kind::kDescription);
  EXPECT_EQ(header->dtype, Dtype::kU8);
  EXPECT_EQ(header->shape, (std::vector<std::uint64_t>{321}));
  EXPECT_EQ(header->sequence, 9U);
  EXPECT_EQ(header->crc32c, 5U);
  EXPECT_EQ(header->descriptor_id, topic->descriptor_id);
}

TEST(Codec, ALargestFrameFitsTheBoundAndTheLimit) {
  auto topic = full_topic();
  topic->channels.resize(kMaxChannels);
  topic->results.assign(kMaxResults / kMaxChannels, {std::string(64, 'n'), "V/sqrt(Hz)"});
  topic->header_constant = encode_constant(*topic);
  const auto frame = full_frame(topic);
  frame->count = UINT32_MAX / 1024;
  frame->payload_bytes = std::size_t{kMaxChannels} * frame->count * 4;
  frame->first_index = UINT64_MAX / 2;
  frame->gap_before.samples = UINT64_MAX;
  frame->gap_before.reasons = UINT32_MAX;
  frame->flags = frame->epoch = UINT32_MAX;
  frame->overrange_low = frame->overrange_high = UINT64_MAX;
  frame->stamp.tick_s = {UINT64_MAX, UINT64_MAX};
  frame->trigger_count = kMaxTriggers;
  frame->triggers.fill({1.5, 63, true, -2.5});
  frame->result_count = kMaxResults;
  frame->results.fill(
      {1.1, 2.2, "a reason that is longer than what a header has room for, by far"});
  EXPECT_LE(encoded(*frame, UINT64_MAX, UINT32_MAX).size(), std::size_t{64} * 1024);
}

TEST(Codec, ReusesAHeaderWithoutLeavingAnythingOfTheOneBefore) {
  const auto full = full_frame(full_topic());
  FrameHeader header;
  ASSERT_TRUE(decode_header(encoded(*full), full->payload_bytes, header));
  auto topic = std::make_shared<TopicInfo>();
  topic->channels.resize(1);
  topic->header_constant = encode_constant(*topic);
  Frame bare;
  bare.topic = topic;
  ASSERT_TRUE(decode_header(encoded(bare, 0, 0), 0, header));
  EXPECT_TRUE(header.axes.empty());
  EXPECT_TRUE(header.triggers.empty());
  EXPECT_TRUE(header.results.empty());
  EXPECT_EQ(header.gap_before, Gap{});
  EXPECT_EQ(header.crc32c, 0U);
  EXPECT_EQ(header.stamp.t0_ticks, 0);
  EXPECT_EQ(header.group_delay, (Rational{0, 1}));
  EXPECT_FALSE(header.has_axis_start);
}

}  // namespace
}  // namespace acq
