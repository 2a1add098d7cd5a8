#include <array>
#include <cmath>

#include "dsp/base/result.h"
#include "dsp/math/curves.h"

namespace acq {
namespace {

constexpr std::size_t kMost = kMostDegree + 1;
using Coefficients = std::array<double, kMost>;
// Row k: the powers of x in the k-th Chebyshev polynomial of u = slope x + offset.
using Powers = std::array<Coefficients, kMost>;

Powers chebyshev_powers(std::size_t count, double slope, double offset) noexcept {
  Powers rows{};
  rows[0][0] = 1;
  if (count > 1) rows[1] = {offset, slope};
  for (std::size_t k = 2; k < count; ++k) {
    for (std::size_t j = 0; j <= k; ++j) {
      const double shifted = j > 0 ? rows[k - 1][j - 1] : 0;
      rows[k][j] = 2 * (offset * rows[k - 1][j] + slope * shifted) - rows[k - 2][j];
    }
  }
  return rows;
}

// p and covariance of the powers from those of the polynomials.
void change_basis(const Powers& rows, Fit& fit) noexcept {
  const std::size_t n = fit.params;
  const Fit old = fit;
  for (std::size_t i = 0; i < n; ++i) {
    fit.p[i] = 0;
    for (std::size_t k = 0; k < n; ++k) fit.p[i] += old.p[k] * rows[k][i];
    for (std::size_t j = 0; j < n; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < n; ++k) {
        for (std::size_t m = 0; m < n; ++m) {
          sum += rows[k][i] * old.covariance[k * n + m] * rows[m][j];
        }
      }
      fit.covariance[i * n + j] = sum;
    }
  }
}

}  // namespace

Fit fit_polynomial(const Trace& record, std::size_t degree) noexcept {
  ACQ_CHECK(degree >= 1 && degree <= kMostDegree);
  const std::size_t params = degree + 1;
  const double half = 0.5 * record.step * static_cast<double>(record.size() - 1);
  const double slope = 1 / half;
  const double offset = -(record.start + half) / half;
  const auto basis = [&](double x, double* values) {
    const double u = slope * x + offset;
    values[0] = 1;
    values[1] = u;
    for (std::size_t k = 2; k < params; ++k) values[k] = 2 * u * values[k - 1] - values[k - 2];
  };
  const Coefficients zero{};
  Fit fit = fit_curve(record, LinearCurve(params, basis), {zero.data(), params});
  if (fit.is_valid()) change_basis(chebyshev_powers(params, slope, offset), fit);
  return fit;
}

}  // namespace acq
