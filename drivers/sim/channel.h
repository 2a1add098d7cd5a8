// One simulated channel before its converter: sample number in, value out.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "drivers/sim/noise.h"
#include "drivers/sim/waveform.h"
#include "dsp/base/time.h"

namespace acq::sim {

// The place of sample n within the period of a signal, without drift over any run length: the step
// is held as a 64-bit fraction of a turn, and where the period is a whole number of samples over
// few enough turns, as that ratio.
class Phase {
 public:
  Phase() = default;
  Phase(Rational rate_hz, double frequency_hz, double start_cycles);

  [[nodiscard]] std::uint64_t turn(std::uint64_t sample) const noexcept;  // 2^64 is one turn
  [[nodiscard]] double cycle(std::uint64_t sample) const noexcept;        // in [0, 1)
  // After how many samples the signal repeats exactly; 0: not within kLongestPeriod.
  [[nodiscard]] std::uint32_t period() const noexcept { return period_; }

  static constexpr std::uint32_t kLongestPeriod = 65536;

 private:
  std::uint64_t start_ = 0;
  std::uint64_t step_ = 0;
  std::uint32_t period_ = 0;
  std::uint32_t turns_ = 0;  // in one period
};

// Promise: sample n is the same number however the stream is cut; render() neither allocates nor
// waits.
//
// Signals that repeat within 65536 samples are computed once in double and copied; other sines and
// cosines are turned on from an exact start every 1024 samples; the rest is computed sample by
// sample (about 10 ns each). Values are float32: 24 significant bits.
class ChannelSignal {
 public:
  // `noise_rms` is added on top; `stream` tells this channel's noise from the others'; `delay_s` is
  // how much later than channel 0 it samples. `normal` is needed for normal noise and `noise_rms`
  // above 0, `own` is the table of a uniform or poisson signal.
  ChannelSignal(const Waveform& wave, Rational rate_hz, double delay_s, double noise_rms,
                std::uint64_t stream, std::shared_ptr<const NoiseTable> normal,
                std::shared_ptr<const NoiseTable> own = nullptr);

  void render(std::uint64_t first, std::span<float> out) const noexcept;
  [[nodiscard]] bool is_counter() const noexcept { return wave_.shape == Shape::kCounter; }

 private:
  void render_wave(std::uint64_t first, std::span<float> out) const noexcept;
  void render_rotated(std::uint64_t first, std::span<float> out) const noexcept;

  Waveform wave_;
  Phase phase_;
  float noise_rms_ = 0;
  std::uint64_t stream_;
  std::shared_ptr<const NoiseTable> normal_;
  std::shared_ptr<const NoiseTable> own_;  // of uniform and poisson
  std::vector<float> repeated_;            // whole periods
  std::vector<float> cosines_, sines_;     // of i steps
};

}  // namespace acq::sim
