// Fits a curve to a record by least squares: Levenberg and Marquardt's method over Eigen.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "dsp/math/trace.h"

namespace acq {

inline constexpr std::size_t kMaxFitParams = 25;  // eight peaks of three and a common base

// A curve at some places at a time, so that sums of products are those of vectors.
struct FitTile {
  static constexpr std::size_t kPlaces = 64;
  template <typename T>
  using Row = std::array<T, kPlaces>;

  Row<double> x;  // in equal steps, up to the end of the record
  Row<double> values;
  std::array<Row<double>, kMaxFitParams> slopes;  // by each parameter
};

// y = f(x; p), with its derivatives by the parameters. Pure, real-time safe.
class Curve {
 public:
  explicit Curve(std::size_t params) noexcept : params_(params) {}
  virtual ~Curve() = default;
  [[nodiscard]] std::size_t params() const noexcept { return params_; }
  // The value at x; `slopes[k]` becomes the derivative by p[k].
  virtual double at(double x, const double* p, double* slopes) const noexcept = 0;
  // The same at all places of a tile.
  virtual void along(FitTile& tile, const double* p) const noexcept;
  // Whether the curve has a meaning with these parameters (a width above 0, say).
  [[nodiscard]] virtual bool is_legal(const double* p) const noexcept = 0;
  // Whether the slopes do not depend on the parameters: one step gets there.
  [[nodiscard]] virtual bool is_linear() const noexcept { return false; }

 private:
  std::size_t params_;
};

// What came of a fit.
struct Fit {
  const char* invalid_because = "";  // a literal; then the rest means nothing
  std::size_t params = 0;
  std::size_t iterations = 0;
  double residual_rms = 0;  // sqrt of the mean of the squared residuals
  std::array<double, kMaxFitParams> p{};
  // Of p, row by row: s^2 (J' J)^-1 with s^2 = sum of squared residuals / (count - params).
  std::array<double, kMaxFitParams * kMaxFitParams> covariance{};

  [[nodiscard]] bool is_valid() const noexcept { return *invalid_because == '\0'; }
  // One sigma of p[k].
  [[nodiscard]] double sigma(std::size_t k) const noexcept;
  [[nodiscard]] ScalarResult result(std::size_t k) const noexcept;
};

struct FitLimits {
  std::size_t iterations = 100;  // evaluations of the curve over the whole record
  double tolerance =
      1e-7;  // of the deviation from the minimum, in parts of the uncertainty of the fit
};

// The parameters nearest to `start` (curve.params() numbers) that make the sum of squared residuals
// least. Real-time safe: memory does not depend on the record, time is at most `limits.iterations`
// passes over it.
// Invalid: fewer values than parameters + 1, no convergence, parameters that the record does not tell
// apart, a start that is not legal.
// Source: J. J. More, Lecture Notes in Mathematics 630 (1978) 105 (scaling); H. B. Nielsen, report
// IMM-REP-1999-05 (damping); covariance: JCGM 102:2011.
Fit fit_curve(const Trace& record, const Curve& curve, std::span<const double> start,
              const FitLimits& limits = {}) noexcept;

// The sum of p[k] * basis k: one step, no start. `basis` fills in params values at x.
template <typename Basis>
class LinearCurve final : public Curve {
 public:
  LinearCurve(std::size_t params, Basis basis) noexcept : Curve(params), basis_(basis) {}
  double at(double x, const double* p, double* slopes) const noexcept override {
    basis_(x, slopes);
    double sum = 0;
    for (std::size_t k = 0; k < params(); ++k) sum += p[k] * slopes[k];
    return sum;
  }
  [[nodiscard]] bool is_legal(const double* /*p*/) const noexcept override { return true; }
  [[nodiscard]] bool is_linear() const noexcept override { return true; }

 private:
  Basis basis_;
};

}  // namespace acq
