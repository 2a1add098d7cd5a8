// Mean power of windowed segments: the heart of Welch's method.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dsp/base/planes.h"
#include "dsp/base/result.h"
#include "dsp/math/fft.h"
#include "dsp/math/pair_power.h"

namespace acq {

// Sum of |X[k]|^2 over the segments of one signal. The last few segments are summed in float32, the
// rest in float64, so that the sum of a million segments is as exact as that of one.
class PowerSum {
 public:
  PowerSum() = default;
  // For segments of `size` samples.
  explicit PowerSum(std::size_t size) : single_(size / 2 + 1), pair_(size), total_(size / 2 + 1) {}

  void clear() noexcept;

 private:
  friend class SegmentTransform;

  AlignedVector<float> single_;  // of segments transformed alone
  AlignedVector<float> pair_;    // of pairs, two-sided, in the order their transform leaves
  AlignedVector<double> total_;  // of what was moved here, one-sided
  std::size_t singles_ = 0;      // segments in single_
  std::size_t pairs_ = 0;        // pairs in pair_
  bool has_total_ = false;
};

// Windows and transforms segments, any number of signals with one plan.
//
// Two real segments make one complex transform z = a + i b, and |A[k]|^2 + |B[k]|^2 =
// (|Z[k]|^2 + |Z[size - k]|^2) / 2: no unpacking is needed, and it costs little more than the
// transform of one. Powers of two have their own transform (PairPower), other sizes FFTW's.
//
// make() on the control thread; everything else is real-time safe, one thread.
class SegmentTransform {
 public:
  // `window` holds one value for each sample of a segment. `segments` are summed before take():
  // add() may be called when it is odd, add_pair() when it is 2 or more.
  static Result<SegmentTransform> make(std::span<const double> window, bool removes_mean,
                                       std::size_t segments, const PlanOptions& options = {});

  [[nodiscard]] std::size_t size() const noexcept { return window_.size(); }
  [[nodiscard]] std::size_t bins() const noexcept { return size() / 2 + 1; }
  // Whether sums made by the other one can be continued.
  [[nodiscard]] bool sums_like(const SegmentTransform& other) const noexcept {
    return removes_mean_ == other.removes_mean_ && window_ == other.window_;
  }

  void add(const float* segment, PowerSum& sum) noexcept;
  void add_pair(const float* a, const float* b, PowerSum& sum) noexcept;

  // power[k] = scale * sum of |X[k]|^2, doubled where the other half of the spectrum is left out
  // (all bins but 0 and size / 2). Clears the sum.
  void take(PowerSum& sum, double scale, float* power) const noexcept;

 private:
  [[nodiscard]] float mean_of(const float* segment) const noexcept;
  void move_to_total(PowerSum& sum) const noexcept;

  AlignedVector<float> window_;
  bool removes_mean_ = false;
  RealFft<float> real_;
  PairPower pair_power_;               // for sizes that suit it
  ComplexFft<float> complex_;          // for others
  std::vector<std::uint32_t> places_;  // of each bin and its mirror image in PowerSum::pair_
  AlignedVector<std::complex<float>> in_;
  AlignedVector<std::complex<float>> out_;
};

// One sigma of the mean over `segments` that begin `hop` samples apart, as a part of it, for noise that
// is normal and white over the width of a bin; bins beside 0 Hz and half the rate scatter more. kInvalid
// as Correlator::make().
// Source: P. D. Welch, IEEE Trans. Audio Electroacoust. AU-15 (1967) 70, "variance of the estimate".
Result<double> welch_relative_sigma(std::span<const double> window, std::size_t hop,
                                    std::size_t segments);

}  // namespace acq
