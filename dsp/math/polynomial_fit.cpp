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

// Of Chebyshev's polynomials of u = slope x + offset.
class Chebyshev final : public Curve {
 public:
  Chebyshev(std::size_t params, double slope, double offset) noexcept
      : Curve(params), slope_(slope), offset_(offset) {}

  double at(double x, const double* p, double* slopes) const noexcept override {
    const double u = slope_ * x + offset_;
    double value = 0;
    for (std::size_t k = 0; k < params(); ++k) {
      slopes[k] = k == 0 ? 1 : k == 1 ? u : 2 * u * slopes[k - 1] - slopes[k - 2];
      value += p[k] * slopes[k];
    }
    return value;
  }
  void along(FitTile& tile, const double* p) const noexcept override {
    constexpr std::size_t kPlaces = FitTile::kPlaces;
    FitTile::Row<double> u;
    for (std::size_t i = 0; i < kPlaces; ++i) u[i] = slope_ * tile.x[i] + offset_;
    tile.slopes[0].fill(1);
    tile.slopes[1] = u;
    tile.values.fill(p[0]);
    for (std::size_t k = 1; k < params(); ++k) {
      FitTile::Row<double>& row = tile.slopes[k];
      for (std::size_t i = 0; k > 1 && i < kPlaces; ++i) {
        row[i] = 2 * u[i] * tile.slopes[k - 1][i] - tile.slopes[k - 2][i];
      }
      for (std::size_t i = 0; i < kPlaces; ++i) tile.values[i] += p[k] * row[i];
    }
  }
  [[nodiscard]] bool is_legal(const double* /*p*/) const noexcept override { return true; }
  [[nodiscard]] bool is_linear() const noexcept override { return true; }

 private:
  double slope_;
  double offset_;
};

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
  const Coefficients zero{};
  Fit fit = fit_curve(record, Chebyshev(params, slope, offset), {zero.data(), params});
  if (fit.is_valid()) change_basis(chebyshev_powers(params, slope, offset), fit);
  return fit;
}

}  // namespace acq
