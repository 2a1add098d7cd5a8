// A complex Fourier transform of any size that never allocates while it runs.
#pragma once

#include <complex>
#include <cstddef>
#include <vector>

#include "dsp/base/planes.h"
#include "dsp/math/fft.h"

namespace acq {

// FFTW takes memory within a run of sizes with a large prime factor, and of odd real ones. Here sizes of
// small factors are FFTW's complex ones, others a convolution with a chirp, of a size with small factors.
// In float64, unscaled as those of fft.h.
//
// Source: L. I. Bluestein, IEEE Trans. Audio and Electroacoustics 18 (1970) 451.
// Threads: plan() may wait; run() is real-time safe, one thread.
class AnySizeFft {
 public:
  static Result<AnySizeFft> plan(std::size_t size, FftDirection direction,
                                 const PlanOptions& options = {});

  // The size() values to be transformed by run(), which uses them as scratch.
  [[nodiscard]] std::complex<double>* values() noexcept { return values_.data(); }
  // Their transform, valid until the next run.
  const std::complex<double>* run() noexcept;

 private:
  Result<void> plan_chirp(FftDirection direction, const PlanOptions& options);

  std::size_t size_ = 0;
  ComplexFft<double> forward_;
  ComplexFft<double> inverse_;  // of the convolution
  AlignedVector<std::complex<double>> values_;
  AlignedVector<std::complex<double>> out_;
  std::vector<std::complex<double>> chirp_;     // none where FFTW does it all
  std::vector<std::complex<double>> response_;  // transform of the conjugate chirp, scaled
};

}  // namespace acq
