// FIR filters with many taps, by Fourier transforms of blocks.
#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

#include "dsp/base/planes.h"
#include "dsp/base/result.h"
#include "dsp/math/fft.h"

namespace acq {

// From so many taps on a block is cheaper than taps multiply-adds a sample: the direct form does some 60 of
// them a nanosecond with wide vectors, a block took 6 ns a sample at 256 and at 1024 taps on a busy machine.
inline constexpr std::size_t kLeastBlockTaps = 256;

// The transform of one block: shared by all channels, used by one thread.
// Source: Oppenheim and Schafer, Discrete-Time Signal Processing, 3rd ed., 8.7.3 (overlap-save).
// make() may wait; everything else is real-time safe. Error: about 1e-7 log2(size) of sum |taps| times
// the largest sample of the block; NaN and infinities reach the whole block.
class OverlapSave {
 public:
  OverlapSave() = default;
  // kInvalid: no taps, or more than 65536 ("taps").
  static Result<OverlapSave> make(std::span<const double> taps, const PlanOptions& options = {});

  [[nodiscard]] std::size_t look_back() const noexcept { return look_back_; }
  // Outputs of a block.
  [[nodiscard]] std::size_t block() const noexcept { return forward_.size() - look_back_; }

  // x: look_back() samples seen before, then block() new ones; y: block() outputs. They may overlap.
  void run(const float* x, float* y) noexcept;

 private:
  std::size_t look_back_ = 0;
  RealFft<float> forward_;
  RealInverseFft<float> inverse_;
  AlignedVector<float> values_;
  AlignedVector<std::complex<float>> bins_;
  AlignedVector<std::complex<float>> response_;  // scaled by 1 / size
};

// y[n] = sum over k of taps[k] x[n - k] of a whole array, float64: directly for few taps, else by blocks.
// As scipy.signal.lfilter(taps, 1, x). Allocates. kInvalid: no taps.
Result<std::vector<double>> filter_fir(std::span<const double> taps, std::span<const double> x);

// The whole convolution of two arrays, x.size() + y.size() - 1 values, as numpy.convolve "full". Empty
// when one of them is.
std::vector<double> convolve(std::span<const double> x, std::span<const double> y);

}  // namespace acq
