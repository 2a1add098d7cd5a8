// Smoothing of whole arrays, float64: Gaussian, Savitzky-Golay, Wiener, and the ideal band filter.
#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

#include "dsp/base/planes.h"
#include "dsp/base/result.h"
#include "dsp/math/border.h"
#include "dsp/math/fft_pair.h"
#include "dsp/math/fir_design.h"

namespace acq {

// exp(-k^2 / (2 sigma^2)) for |k| <= int(truncate * sigma + 0.5), scaled to sum 1. sigma in samples,
// above 0. DataLab: truncate 4.
// Source: scipy.ndimage.gaussian_filter1d.
std::vector<double> gaussian_taps(double sigma, double truncate = 4);

// y[i] = sum over j of taps[j] * x[i + j - taps.size() / 2], x continued by `border`. `y` does not
// overlap `x`. Real-time safe.
void correlate_about(std::span<const double> x, std::span<const double> taps, Border border,
                     std::span<double> y) noexcept;

// A polynomial of `degree` fitted to `length` values about each one by least squares; its value there,
// or its derivative.
// Source: Savitzky and Golay, Analytical Chemistry 36 (1964) 1627; Gorry, ibid. 62 (1990) 570, for the
// ends; the numbers are those of scipy.signal.savgol_filter, mode "interp".
class SavitzkyGolay {
 public:
  SavitzkyGolay() = default;
  // kInvalid unless length is odd, from 1 to 10001, degree below it (and at most 20) and derivative at
  // most degree ("length", "degree", "derivative"). `step`: distance of the values.
  static Result<SavitzkyGolay> make(std::size_t length, std::size_t degree,
                                    std::size_t derivative = 0, double step = 1);

  [[nodiscard]] std::size_t length() const noexcept { return length_; }
  // What the values about one are multiplied by, the oldest first.
  [[nodiscard]] std::span<const double> taps() const noexcept { return row(length_ / 2); }
  // At the ends: the polynomial of the first or last `length` values. x.size() is at least length().
  // `y` does not overlap `x`. Real-time safe.
  void run(std::span<const double> x, std::span<double> y) const noexcept;

 private:
  [[nodiscard]] std::span<const double> row(std::size_t place) const noexcept {
    return std::span(rows_).subspan(place * length_, length_);
  }

  std::size_t length_ = 1;
  std::vector<double> rows_;  // for each place in the window
};

// Wiener's filter with local mean and variance over `length` (odd) values, 0 beyond the ends. `noise`
// is the variance of the noise; below 0: the mean of the local variances. `y` does not overlap `x`.
// `scratch` holds twice as many values as `x`. Real-time safe.
// Source: Lim, Two-Dimensional Signal and Image Processing, 1990, 9.2.4; scipy.signal.wiener.
void wiener(std::span<const double> x, std::size_t length, double noise, std::span<double> scratch,
            std::span<double> y) noexcept;

// Lets the frequencies of a band through unchanged and takes all others out, by a Fourier transform of
// the whole array, which takes it as periodic: edges wrap around, so it is padded with zeros to the
// next power of two unless told otherwise. `edges` are fractions of the sample rate; frequencies at an
// edge pass.
// Threads: make() may wait; run() is real-time safe, one thread.
class Brickwall {
 public:
  // kInvalid: count outside 1 to kMaxFftSize / 2; edges as design_fir().
  static Result<Brickwall> make(Band band, std::span<const double> edges, std::size_t count,
                                bool pads = true, const PlanOptions& options = {});
  // `x` and `y` hold `count` values; they may be the same.
  void run(std::span<const double> x, std::span<double> y) noexcept;

 private:
  FftPair pair_;
  FftPair::Bins bins_;
  std::vector<double> mask_;  // of each bin, scaled
};

}  // namespace acq
