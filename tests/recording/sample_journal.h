// A small recording with everything in it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "recording/journal_writer.h"

namespace acq {

inline std::shared_ptr<const StreamInfo> sample_stream(double scale = 0.001) {
  StreamInfo info;
  info.name = "analog";
  info.dtype = Dtype::kI16;
  info.rate_hz = {100000, 1};
  info.channels = {{.id = "a", .quantity = "voltage", .unit = "V", .scale = scale, .range_max = 5},
                   {.id = "b", .quantity = "voltage", .unit = "V", .scale = scale, .offset = -1}};
  return std::make_shared<const StreamInfo>(info);
}

// The value at a place of the stream: whoever reads it back knows what it must be.
inline std::int16_t sample_at(std::uint64_t index, std::size_t channel) {
  return static_cast<std::int16_t>(index * 7 + channel * 1000);
}

inline std::vector<std::byte> samples_at(std::uint64_t first_index, std::uint32_t count) {
  std::vector<std::int16_t> values;
  for (std::uint32_t i = 0; i < count; ++i) {
    values.push_back(sample_at(first_index + i, 0));
    values.push_back(sample_at(first_index + i, 1));
  }
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
}

// Gives a writer packets of one stream, with gaps where it is told to.
class SampleFeed {
 public:
  SampleFeed(JournalWriter& writer, FakeClock& clock, const std::string& instrument = "daq")
      : writer_(writer), clock_(clock), stream_(writer.add_stream(instrument, "analog")) {}

  void packet(std::uint32_t count, Gap gap = {}) {
    journal::PacketHead head;
    head.epoch = epoch;
    head.lost_before.add(gap);
    next_index_ += gap.samples;
    head.first_index = next_index_;
    head.count = count;
    head.stamp = {.t0_ticks = static_cast<std::int64_t>(next_index_) * 10000,
                  .scale = TimeScale::kMonotonic,
                  .origin = TimeOrigin::kComputed,
                  .clock_state = ClockState::kLocked,
                  .sigma_ns = 250,
                  .host_rx_ns = clock_.now_ns()};
    writer_.add_packet(stream_, info, head, samples_at(next_index_, count));
    next_index_ += count;
    clock_.advance(std::int64_t{count} * 10'000);  // 100 kHz
  }
  void skip(std::uint64_t samples) { next_index_ += samples; }
  [[nodiscard]] std::size_t stream() const { return stream_; }
  [[nodiscard]] std::uint64_t next_index() const { return next_index_; }
  std::shared_ptr<const StreamInfo> info = sample_stream();
  std::uint32_t epoch = 1;

 private:
  JournalWriter& writer_;
  FakeClock& clock_;
  std::size_t stream_;
  std::uint64_t next_index_ = 0;
};

inline JournalOptions sample_options(const std::string& folder) {
  return {.folder = folder + "/run", .name = "run", .software = "acqd test", .run_id = 0x1234};
}

}  // namespace acq
