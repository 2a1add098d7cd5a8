// Interpolation of a sampled function: values between the samples. float64.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "dsp/base/result.h"

namespace acq {

enum class Interpolation : std::uint8_t {
  kLinear,
  kCubic,  // spline with two continuous derivatives, "not a knot" at the ends: DataLab's spline
  kPchip,  // keeps the data's monotony: no overshoot
  kAkima,  // local slopes: little overshoot; DataLab's cubic
};
inline constexpr std::string_view kInterpolationNames[] = {"linear", "cubic", "pchip", "akima"};

// Between points at fixed, rising places x, for any values there.
//
// Beyond the ends the linear one keeps the end values, the others go on with the last cubic, as SciPy's
// CubicSpline and PchipInterpolator do (numpy.interp for linear).
// Source: de Boor, A Practical Guide to Splines, 1978, chapter 4; Fritsch and Butland, SIAM J. Scientific
// and Statistical Computing 5 (1984) 300; Akima, J. ACM 17 (1970) 589.
// Threads: make() and find() may allocate; run() is real-time safe, one thread.
class Interpolator {
 public:
  // kInvalid unless there are 2 points or more ("length") and x rises ("x").
  static Result<Interpolator> make(Interpolation method, std::span<const double> x);

  // The places at which run() is to give values.
  void find(std::span<const double> places);
  // out[i] = the value at places[i], for the values y at x.
  void run(std::span<const double> y, std::span<double> out) noexcept;
  // out[i] = the value at places[i], which are looked for at once.
  void run(std::span<const double> y, std::span<const double> places,
           std::span<double> out) noexcept;

 private:
  [[nodiscard]] double step(std::size_t piece) const noexcept { return x_[piece + 1] - x_[piece]; }
  // Between x[piece] and x[piece + 1], `offset` behind the first.
  [[nodiscard]] double on_cubic(std::span<const double> y, std::size_t piece,
                                double offset) const noexcept;
  void values_at(std::span<const double> y, std::span<const std::size_t> pieces,
                 const double* places, double* out) const noexcept;
  void find_slopes(std::span<const double> y) noexcept;
  void solve_spline(std::span<const double> y) noexcept;
  void monotone_slopes() noexcept;
  void akima_slopes() noexcept;

  Interpolation method_ = Interpolation::kLinear;
  std::vector<double> x_;
  std::vector<double> secant_;  // slopes between the points, 2 more at either end for Akima; not
                                // of lines
  std::vector<double> slope_;   // at the points; likewise
  std::vector<double> upper_;   // of the spline's equations
  std::vector<double> places_;  // of find()
  std::vector<std::size_t> pieces_;
};

// out[i] = the value at places[i], at once. kInvalid as Interpolator::make(), or when y is not as long as x.
Result<void> interpolate(Interpolation method, std::span<const double> x, std::span<const double> y,
                         std::span<const double> places, std::span<double> out);

}  // namespace acq
