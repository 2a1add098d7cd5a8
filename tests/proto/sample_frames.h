// Frames for the tests and the benchmark of the codec.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "dsp/base/frame.h"
#include "proto/codec.h"

namespace acq::testing {

// A planar float32 record of two channels with every field of the header in use.
inline std::shared_ptr<TopicInfo> full_topic() {
  auto topic = std::make_shared<TopicInfo>();
  topic->topic = "d/scope/trace";
  topic->kind = Kind::kRecord;
  topic->dtype = Dtype::kF32;
  topic->layout = Layout::kPlanar;
  topic->channels = {Channel{.id = "ch1", .unit = "V"}, Channel{.id = "ch2", .unit = "V"}};
  topic->axes = {Axis{.name = "time", .unit = "s", .start = -2e-4, .step = 1e-6}};
  topic->results = {ResultSpec{"rms", "V"}, ResultSpec{"peak", "V"}};
  topic->group_delay = {31, 2};
  for (std::size_t i = 0; i < topic->stream_id.size(); ++i) {
    topic->stream_id[i] = static_cast<std::uint8_t>(0xA0 + i);
  }
  topic->descriptor_id = 0x0123456789ABCDEF;
  topic->run_id = 0xFEDCBA9876543210;
  topic->config_revision = 7;
  topic->header_constant = encode_constant(*topic);
  return topic;
}

// A frame of `topic` with everything set; the payload's bytes are not looked at by the codec.
inline std::unique_ptr<Frame> full_frame(std::shared_ptr<const TopicInfo> topic) {
  auto frame = std::make_unique<Frame>();
  frame->epoch = 3;
  frame->first_index = 1'000'000'007;
  frame->count = 1000;
  frame->gap_before = {512, kGapRingFull | kGapUsb, false};
  frame->flags = kFlagTriggered | kFlagSimulated;
  frame->overrange_low = 0b01;
  frame->overrange_high = 0b10;
  frame->stamp = {.t0_ticks = 1'700'000'000'123'456'789,
                  .tick_s = {1, 1'000'000'000},
                  .scale = TimeScale::kUtc,
                  .origin = TimeOrigin::kHostArrival,
                  .clock_state = ClockState::kLocked,
                  .sigma_ns = 1500,
                  .host_rx_ns = 987'654'321'000};
  frame->axis_start = -2.0037e-4;
  frame->has_axis_start = true;
  frame->trigger_count = 1;
  frame->triggers[0] = {200.37, 1, true, 0.5};
  frame->result_count = static_cast<std::uint32_t>(topic->channels.size() * topic->results.size());
  for (std::uint32_t i = 0; i < frame->result_count; ++i) {
    frame->results[i] = {0.25 * (i + 1), 0.001, i == 3 ? "no edge" : ""};
  }
  frame->payload_bytes = topic->channels.size() * frame->count * size_of(topic->dtype);
  frame->topic = std::move(topic);
  return frame;
}

inline std::vector<std::byte> encoded(const Frame& frame, std::uint64_t sequence = 42,
                                      std::uint32_t crc = 0xDEADBEEF) {
  std::vector<std::byte> bytes(header_bound(*frame.topic));
  bytes.resize(encode_header(frame, sequence, crc, bytes));
  return bytes;
}

}  // namespace acq::testing
