// What is made of Fourier transforms of whole arrays, float64: analytic signal, cepstrum, correlation,
// cross spectra; a single frequency by Goertzel's algorithm; octave bands.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "dsp/base/planes.h"
#include "dsp/base/result.h"
#include "dsp/math/fft.h"
#include "dsp/math/fft_pair.h"

namespace acq {

// x + i H{x}: its magnitude is the envelope of x, its phase that of x. As scipy.signal.hilbert, the
// array is taken as periodic.
// Source: Marple, IEEE Trans. Signal Processing 47 (1999) 2600.
// Threads: make() may wait; run() is real-time safe, one thread.
class AnalyticSignal {
 public:
  // kInvalid: count outside 1 to kMaxFftSize.
  static Result<AnalyticSignal> make(std::size_t count, const PlanOptions& options = {});
  // `x` and `z` hold count values.
  void run(std::span<const double> x, std::span<std::complex<double>> z) noexcept;

 private:
  FftPair pair_;
  FftPair::Bins bins_;
};

// Instantaneous frequency of an analytic signal z sampled at rate_hz: phase step from each value to the
// next, in (-rate/2, rate/2], over 2 pi. y holds z.size() - 1 values. Real-time safe.
void instantaneous_frequency(std::span<const std::complex<double>> z, double rate_hz,
                             std::span<double> y) noexcept;

// The real cepstrum: inverse transform of ln |X|. Magnitudes below 1e-150 count as that.
// Source: Oppenheim and Schafer, Discrete-Time Signal Processing, 3rd ed., 13.3.
class Cepstrum {
 public:
  // kInvalid: count outside 1 to kMaxFftSize.
  static Result<Cepstrum> make(std::size_t count, const PlanOptions& options = {});
  // `x` and `y` hold count values; they may be the same.
  void run(std::span<const double> x, std::span<double> y) noexcept;

 private:
  FftPair pair_;
  FftPair::Bins bins_;
};

// Cross-correlation of two arrays of `count` values at every lag from -(count - 1) to count - 1:
// r[l + count - 1] = sum over n of x[n + l] y[n], as scipy.signal.correlate(x, y, "full").
// Threads: make() may wait; run() is real-time safe, one thread.
class Correlator {
 public:
  // kInvalid: count outside 1 to kMaxFftSize / 2.
  static Result<Correlator> make(std::size_t count, const PlanOptions& options = {});
  void run(std::span<const double> x, std::span<const double> y, std::span<double> r) noexcept;

 private:
  FftPair pair_;
  FftPair::Bins bins_x_;
  FftPair::Bins bins_y_;
};

// Convolution of two arrays of `count` values, of which it keeps as many: y[n] = sum over k of
// h[k] x[n + origin - k], with 0 beyond the ends. Origin count / 2 is numpy.convolve(x, h, "same").
// Threads: make() may wait; run() is real-time safe, one thread.
class Convolver {
 public:
  // kInvalid: count outside 1 to kMaxFftSize / 4. `origin` is below it.
  static Result<Convolver> make(std::size_t count, std::size_t origin,
                                const PlanOptions& options = {});
  // `y` may be `x` or `h`.
  void run(std::span<const double> x, std::span<const double> h, std::span<double> y) noexcept;

 private:
  std::size_t origin_ = 0;
  FftPair pair_;
  FftPair::Bins bins_x_;
  FftPair::Bins bins_h_;
};

// How a correlation is scaled: as it is; over the count; over the number of products at each lag; over
// sqrt(sum x^2 sum y^2), so that r = 1 for equal signals at lag 0 (0 where that is 0).
enum class CorrelationScale : std::uint8_t { kNone, kBiased, kUnbiased, kCoefficient };
inline constexpr std::string_view kCorrelationScaleNames[] = {"none", "biased", "unbiased",
                                                              "coefficient"};
void scale_correlation(CorrelationScale scale, std::span<const double> x, std::span<const double> y,
                       std::span<double> r) noexcept;

// sum over n of x[n] exp(-2 pi i frequency n), for any frequency (a fraction of the sample rate), in
// one pass with two states. Relative error about 1e-16 count. Real-time safe.
// Source: Goertzel, American Mathematical Monthly 65 (1958) 34; Sysel and Rajmic, EURASIP J. Advances
// in Signal Processing 2012:56, for frequencies between bins.
std::complex<double> goertzel(std::span<const double> x, double frequency) noexcept;

// Sums of windowed transforms of pairs of records, one-sided: what coherence and transfer functions are
// made of.
// Source: Bendat and Piersol, Random Data, 4th ed., 2010, chapter 6; scipy.signal.csd: conj(X) Y.
class CrossSums {
 public:
  // kInvalid: a window of 1 to kMaxFftSize values is needed ("length").
  static Result<CrossSums> make(std::span<const double> window, bool removes_mean,
                                const PlanOptions& options = {});
  [[nodiscard]] std::size_t bins() const noexcept { return forward_.bins(); }
  void clear() noexcept;
  void add(std::span<const double> x, std::span<const double> y) noexcept;

  // Sums over the records added so far.
  [[nodiscard]] std::span<const double> xx() const noexcept { return xx_; }  // |X|^2
  [[nodiscard]] std::span<const double> yy() const noexcept { return yy_; }  // |Y|^2
  [[nodiscard]] std::span<const std::complex<double>> xy() const noexcept { return xy_; }
  // Takes over the sums of another one of the same size.
  void adopt(CrossSums& before) noexcept;

 private:
  void transform(std::span<const double> x, AlignedVector<std::complex<double>>& bins) noexcept;

  RealFft<double> forward_;
  std::vector<double> window_;
  bool removes_mean_ = false;
  AlignedVector<double> values_;
  AlignedVector<std::complex<double>> bins_x_;
  AlignedVector<std::complex<double>> bins_y_;
  std::vector<double> xx_;
  std::vector<double> yy_;
  std::vector<std::complex<double>> xy_;
};

// A band of 1/fraction octave: exact centre and edges, Hz.
struct OctaveBand {
  double lower_hz = 0;
  double centre_hz = 0;
  double upper_hz = 0;
};

// The bands of 1/fraction octave (fraction 1 to 48) whose edges lie within lowest to highest. Base ten:
// the ratio of an octave is 10^0.3.
// Source: IEC 61260-1:2014, 5.2 to 5.5.
std::vector<OctaveBand> octave_bands(std::size_t fraction, double lowest_hz, double highest_hz);

// The integral of a density over one band, whose values lie at k * step and stand for a bin of that
// width about it (the first for half of one). Real-time safe.
double band_power(std::span<const double> density, double step, const OctaveBand& band) noexcept;

}  // namespace acq
