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
// them a nanosecond with wide vectors, and waits for nothing.
inline constexpr std::size_t kLeastBlockTaps = 256;

// Filters two halves of a block at a time, the real and the imaginary part of one complex transform: real
// taps keep them apart, and such a transform takes half the time of two real ones.
// make() may wait; everything else is real-time safe, one thread.
template <typename Real>
class PairedBlocks {
 public:
  PairedBlocks() = default;
  // `size` is that of the transform, at least the number of taps.
  static Result<PairedBlocks> make(std::span<const double> taps, std::size_t size,
                                   const PlanOptions& options);

  [[nodiscard]] std::size_t look_back() const noexcept { return look_back_; }
  // Outputs of a block.
  [[nodiscard]] std::size_t block() const noexcept { return 2 * (forward_.size() - look_back_); }
  // x: look_back() samples seen before, then block() new ones; y: block() outputs, elsewhere.
  void run(const Real* x, Real* y) noexcept;

 private:
  using Value = std::complex<Real>;

  std::size_t look_back_ = 0;
  ComplexFft<Real> forward_;
  ComplexFft<Real> inverse_;
  AlignedVector<Value> values_;
  AlignedVector<Value> bins_;
  AlignedVector<Value> response_;  // scaled by 1 / size
};

// The transform of one block: shared by all channels, used by one thread.
// Source: Oppenheim and Schafer, Discrete-Time Signal Processing, 3rd ed., 8.7.3 (overlap-save).
// make() may wait; everything else is real-time safe. Error: about 1e-7 log2(size) of sum |taps| times
// the largest sample of the block; NaN and infinities reach the whole block.
class OverlapSave {
 public:
  OverlapSave() = default;
  // kInvalid: no taps, or more than 65536 ("taps").
  static Result<OverlapSave> make(std::span<const double> taps, const PlanOptions& options = {});

  [[nodiscard]] std::size_t look_back() const noexcept { return blocks_.look_back(); }
  // Outputs of a block.
  [[nodiscard]] std::size_t block() const noexcept { return blocks_.block(); }
  // As PairedBlocks::run().
  void run(const float* x, float* y) noexcept { blocks_.run(x, y); }

 private:
  PairedBlocks<float> blocks_;
};

// y[n] = sum over k of taps[k] x[n - k] of a whole array, float64: directly for few taps, else by blocks.
// As scipy.signal.lfilter(taps, 1, x). Allocates. kInvalid: no taps.
Result<std::vector<double>> filter_fir(std::span<const double> taps, std::span<const double> x);

// The whole convolution of two arrays, x.size() + y.size() - 1 values, as numpy.convolve "full". Empty
// when one of them is.
std::vector<double> convolve(std::span<const double> x, std::span<const double> y);

}  // namespace acq
