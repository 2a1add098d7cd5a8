// What is published: a header's worth of facts and a payload, in a recycled slot.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dsp/base/packet.h"
#include "dsp/base/signal.h"
#include "dsp/base/stream_info.h"
#include "dsp/base/time.h"

namespace acq {

inline constexpr std::size_t kMaxResults = 256;  // results of one frame, over all channels

// What is the same for every frame of a topic while one descriptor is in force. Immutable, shared.
struct TopicInfo {
  std::string topic;  // "d/instrument/name"
  std::string instrument;
  std::string name;
  std::string source;  // "instrument/stream"
  Kind kind = Kind::kWaveform;
  Dtype dtype = Dtype::kF32;
  Layout layout = Layout::kPlanar;
  Rational rate_hz{1, 1};
  std::vector<Channel> channels;
  std::vector<Axis> axes;
  std::vector<ResultSpec> results;
  Rational group_delay{0, 1};
  std::array<std::uint8_t, 16> stream_id{};
  std::uint64_t descriptor_id = 0;
  std::uint64_t run_id = 0;  // random, one for each run of the daemon
  std::uint64_t config_revision = 0;
  std::string descriptor;       // encoded StreamDescriptor
  std::string header_constant;  // the encoded part of FrameHeader that never changes
  std::uint32_t number = 0;     // of the topic within the publisher
};

// A slot of a FramePool. Filled by a worker, then read by the publisher until ZeroMQ lets go of it.
struct Frame {
  std::shared_ptr<const TopicInfo> topic;
  std::uint32_t epoch = 0;
  std::uint64_t first_index = 0;
  std::uint32_t count = 0;  // samples per channel
  Gap gap_before;
  std::uint32_t flags = kFlagNone;
  std::uint64_t overrange_low = 0;
  std::uint64_t overrange_high = 0;
  Stamp stamp;
  double axis_start = 0;
  bool has_axis_start = false;
  std::uint32_t trigger_count = 0;
  std::uint32_t result_count = 0;
  std::array<TriggerMark, kMaxTriggers> triggers;
  std::array<ScalarResult, kMaxResults>
      results;  // channel by channel, in the order of TopicInfo::results

  std::byte* payload = nullptr;  // 64-byte aligned; its own space, or a packet's
  std::size_t payload_bytes = 0;
  std::size_t capacity_bytes = 0;

  // Owned by the pool.
  std::byte* space = nullptr;
  Packet* packet = nullptr;  // whose samples are the payload
  void* pool = nullptr;
};

}  // namespace acq
