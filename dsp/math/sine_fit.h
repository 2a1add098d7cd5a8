// Sine waves fitted by least squares, as IEEE 1057 and 1241 define it: three parameters where the
// frequency is known, four where it is not.
#pragma once

#include <array>
#include <cstddef>

#include "dsp/base/planes.h"
#include "dsp/base/result.h"
#include "dsp/math/fft.h"
#include "dsp/math/least_squares.h"
#include "dsp/math/trace.h"

namespace acq {

// y = amplitude cos(2 pi frequency x + phase) + offset, each with one sigma for residuals that are
// independent and normal. With them the uncertainties meet the bound of Cramer and Rao.
struct SineFit {
  const char* invalid_because = "";  // a literal; then the rest means nothing
  double frequency = 0;              // per unit of x
  double amplitude = 0;              // 0 or more
  double phase_deg = 0;              // at x = 0, -180 to 180
  double offset = 0;
  double frequency_sigma = 0;  // 0 where the frequency was given
  double amplitude_sigma = 0;
  double phase_sigma_deg = 0;
  double offset_sigma = 0;
  double residual_rms = 0;  // sqrt of the mean of the squared residuals
  std::size_t iterations = 0;

  [[nodiscard]] bool is_valid() const noexcept { return *invalid_because == '\0'; }
  [[nodiscard]] double at(double x) const noexcept;
};

// IEEE 1057-2017, 4.6.2. Invalid: fewer than 4 values, a constant record, a frequency at or above half
// the rate, or so low that sine and offset cannot be told apart.
SineFit fit_sine3(const Trace& record, double frequency) noexcept;

// IEEE 1057-2017, 4.6.3, from a frequency within about half a bin (1 / (values * step)). Also invalid:
// fewer than 5 values, less than one period in the record, no convergence within `limits`.
SineFit fit_sine4(const Trace& record, double start, const FitLimits& limits = {}) noexcept;

// Finds the frequency to start from in records of one length: the largest value of a Hann spectrum,
// between its bins.
class SineStart {
 public:
  SineStart() = default;
  // kInvalid as RealFft::plan().
  static Result<SineStart> make(std::size_t count);
  // Per unit of x; 0 where there is no peak above 0 Hz. The record has `count` values. Real-time safe.
  double find(const Trace& record) noexcept;
  // |X[k]|^2 of the record less `mean`, times the window; count / 2 + 1 values, valid until the next
  // call.
  std::span<const double> power(std::span<const double> y, double mean,
                                std::span<const double> window) noexcept;

 private:
  RealFft<double> plan_;
  AlignedVector<double> window_;
  AlignedVector<double> in_;
  AlignedVector<std::complex<double>> out_;
  AlignedVector<double> power_;
};

}  // namespace acq
