// The samples of all channels of a simulated instrument, in its own format.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "drivers/sim/adc.h"
#include "drivers/sim/channel.h"
#include "drivers/sim/settings.h"

namespace acq::sim {

// Promise: scan n is the same bytes however the stream is cut; write() neither allocates nor waits.
class Source {
 public:
  Source(const Settings& settings, const std::shared_ptr<const NoiseTable>& normal);

  struct Clipped {
    std::uint64_t low = 0;  // one bit a channel
    std::uint64_t high = 0;
  };
  // Writes scans first .. first + count - 1, in the layout of the settings.
  Clipped write(std::uint64_t first, std::uint32_t count, std::byte* out) const noexcept;

 private:
  std::shared_ptr<const NoiseTable> own_noise(const Waveform& wave, std::uint64_t seed);
  [[nodiscard]] Adc::Clipped write_channel(const ChannelSignal& channel, std::uint64_t first,
                                           std::uint32_t count, std::byte* out,
                                           std::size_t stride) const noexcept;

  struct OwnNoise {
    Shape shape;
    double mean_count;
    std::shared_ptr<const NoiseTable> table;
  };
  std::vector<OwnNoise> own_noises_;  // shared by channels
  std::vector<ChannelSignal> channels_;
  Adc adc_;
  Dtype dtype_;
  Layout layout_;
};

}  // namespace acq::sim
