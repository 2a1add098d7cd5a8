// A real Fourier transform and its inverse with the memory between them: what convolutions and the like of
// whole arrays are made of. float64.
#pragma once

#include <complex>
#include <cstddef>
#include <span>

#include "dsp/base/planes.h"
#include "dsp/base/result.h"
#include "dsp/math/fft.h"

namespace acq {

// Threads: plan() may wait; everything else is real-time safe, one thread.
class FftPair {
 public:
  using Bins = AlignedVector<std::complex<double>>;

  static Result<FftPair> plan(std::size_t size, const PlanOptions& options = {});

  [[nodiscard]] std::size_t size() const noexcept { return forward_.size(); }
  [[nodiscard]] std::size_t bins() const noexcept { return forward_.bins(); }
  // size() values for whoever puts together what forward() is given.
  [[nodiscard]] std::span<double> values() noexcept { return values_; }

  // The transform of x, behind which there are zeros, in to[0 .. bins()). Uses up values().
  void forward(std::span<const double> x, Bins& to) noexcept;
  // The inverse of from[0 .. bins()), which is used up, times size(); in values().
  std::span<const double> inverse(Bins& from) noexcept;

 private:
  RealFft<double> forward_;
  RealInverseFft<double> inverse_;
  AlignedVector<double> values_;
};

}  // namespace acq
