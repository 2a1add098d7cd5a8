// Real Fourier transforms by complex ones of half the size, whose parts are the even and the odd values: FFTW's
// complex plans take half the time of its real ones.
#pragma once

#include <complex>
#include <cstddef>

#include "dsp/base/planes.h"
#include "dsp/base/result.h"
#include "dsp/math/fft.h"

namespace acq {

// Threads: plan() may wait; the rest is real-time safe, one thread.
template <typename Real>
class HalvedFft {
 public:
  using Value = std::complex<Real>;

  // Whether it is quicker than FFTW.
  static bool serves(std::size_t size) noexcept;
  // Of a size that it serves.
  static Result<HalvedFft> plan(std::size_t size, FftDirection direction,
                                const PlanOptions& options);

  [[nodiscard]] bool keeps_input() const noexcept { return halves_.keeps_input(); }
  // As RealFft::run() when planned forward, as RealInverseFft::run() when inverse.
  void run(Real* in, Value* out) noexcept;
  void run(Value* in, Real* out) noexcept;
  void run_from(const Real* in, Value* out) noexcept;
  void run_from(const Value* in, Real* out) noexcept;

 private:
  std::size_t half_ = 0;
  std::size_t fine_bits_ = 0;
  ComplexFft<Real> halves_;
  AlignedVector<Value> coarse_;
  AlignedVector<Value> fine_;
};

}  // namespace acq
