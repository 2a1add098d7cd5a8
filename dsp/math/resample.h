// Changing the rate of a signal by a ratio of whole numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dsp/base/planes.h"
#include "dsp/base/result.h"
#include "dsp/math/fir.h"

namespace acq {

inline constexpr std::size_t kMostResampling = 1000;  // of up and down, in lowest terms

// The low-pass filter of scipy.signal.resample_poly at the rate `up` times higher: Kaiser window of
// `beta`, 2 * zero_crossings * max(up, down) + 1 taps that sum to `up`. kInvalid: up or down outside 1
// to 1000, zero_crossings outside 1 to 64 ("up", "down", "zero_crossings").
Result<std::vector<double>> resampling_taps(std::size_t up, std::size_t down, double beta = 5,
                                            std::size_t zero_crossings = 10);

// index * up / down, rounded up; no product is too large.
std::uint64_t ceil_ratio(std::uint64_t index, std::uint64_t up, std::uint64_t down) noexcept;

// scipy.signal.resample_poly of a whole array: ceil(size * up / down) values, value k at the place of
// x[k * down / up], zeros beyond the ends. float64. Allocates.
// Source: Crochiere and Rabiner, Multirate Digital Signal Processing, 1983, 3.3.
Result<std::vector<double>> resample(std::span<const double> x, std::size_t up, std::size_t down,
                                     double beta = 5, std::size_t zero_crossings = 10);

// The same over the stream of one channel, float32: output m is at input index m * down / up, delayed
// by (taps - 1) / (2 up) input samples, as a causal filter must. up and down in lowest terms.
// Threads: one; run(), reset() and adopt() are real-time safe.
class PolyphaseResampler {
 public:
  PolyphaseResampler() = default;
  PolyphaseResampler(std::span<const double> taps, std::size_t up, std::size_t down,
                     std::size_t max_count);

  // Index of the first output at or behind input index `index`.
  [[nodiscard]] std::uint64_t output_index(std::uint64_t index) const noexcept;
  // Takes 1 to max_count samples, the first with index `first_index`, and writes the outputs that fall
  // on them and before the next; returns how many.
  std::size_t run(const float* in, std::size_t count, std::uint64_t first_index,
                  float* out) noexcept;
  void reset() noexcept { input_.reset(); }
  void adopt(const PolyphaseResampler& before) noexcept { input_.adopt(before.input_); }

 private:
  std::size_t up_ = 1;
  std::size_t down_ = 1;
  std::size_t row_ = 0;          // taps of a phase
  AlignedVector<float> phases_;  // row after row, the tap for the oldest sample first
  std::vector<float> scratch_;   // outputs of one phase
  FirInput input_;
};

// The taps of a cascaded integrator-comb decimator: `stages` means over `factor` samples, one behind
// the other; gain 1 at 0 Hz.
// Source: Hogenauer, IEEE Trans. Acoustics, Speech and Signal Processing 29 (1981) 155.
std::vector<double> cic_taps(std::size_t factor, std::size_t stages);

}  // namespace acq
