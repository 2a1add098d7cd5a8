#include "dsp/math/least_squares.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>

#include "dsp/base/result.h"
#include "dsp/math/product_sums.h"

namespace acq {
namespace {

constexpr int kMost = kMaxFitParams;
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor, kMost, kMost>;
using Vector = Eigen::Matrix<double, Eigen::Dynamic, 1, Eigen::ColMajor, kMost, 1>;

// Pivots of a matrix with a diagonal of ones below this are rounding.
constexpr double kSingular = 1e-13;

// The sum of squares at one place, with J' J and J' r.
struct Normal {
  double cost = 0;
  Matrix squares;
  Vector pull;
};

void evaluate(const Trace& record, const Curve& curve, const Vector& p, Normal& at) noexcept {
  const std::size_t params = curve.params();
  FitTile tile;
  // The residuals are one row more.
  std::array<const double*, kMost + 1> rows;
  for (std::size_t k = 0; k < params; ++k) rows[k] = tile.slopes[k].data();
  rows[params] = tile.values.data();
  ProductSums sums(params + 1);
  for (std::size_t start = 0; start < record.size(); start += FitTile::kPlaces) {
    const std::size_t count = std::min(FitTile::kPlaces, record.size() - start);
    for (std::size_t i = 0; i < FitTile::kPlaces; ++i) {
      tile.x[i] = record.x(static_cast<double>(start + (i < count ? i : 0)));
    }
    curve.along(tile, p.data());
    for (std::size_t i = 0; i < count; ++i) tile.values[i] = record.y[start + i] - tile.values[i];
    if (count < FitTile::kPlaces) {  // what is missing counts nothing
      std::fill(tile.values.begin() + count, tile.values.end(), 0.0);
      for (std::size_t k = 0; k < params; ++k) {
        std::fill(tile.slopes[k].begin() + count, tile.slopes[k].end(), 0.0);
      }
    }
    sums.add(rows.data(), FitTile::kPlaces);
  }
  const auto n = static_cast<Eigen::Index>(params);
  at.cost = sums.of(params, params);
  at.squares.resize(n, n);
  at.pull.resize(n);
  for (std::size_t k = 0; k < params; ++k) {
    const auto row = static_cast<Eigen::Index>(k);
    at.pull[row] = sums.of(params, k);
    for (std::size_t j = 0; j <= k; ++j) {
      const auto column = static_cast<Eigen::Index>(j);
      at.squares(row, column) = at.squares(column, row) = sums.of(k, j);
    }
  }
}

// J' J with a diagonal of ones, and the scales taken out. False when it is singular.
bool factor(const Normal& at, Vector& scales, Eigen::LDLT<Matrix>& factors) noexcept {
  scales = at.squares.diagonal().cwiseSqrt();
  if (!(scales.minCoeff() > 0) || !scales.allFinite()) return false;
  const Vector inverse = scales.cwiseInverse();
  const Matrix scaled = inverse.asDiagonal() * at.squares * inverse.asDiagonal();
  factors.compute(scaled);
  return factors.info() == Eigen::Success && factors.vectorD().minCoeff() > kSingular;
}

// The part of the sum of squares that a full step would take; infinite when it cannot be told.
double possible_gain(const Normal& at) noexcept {
  Vector scales;
  Eigen::LDLT<Matrix> factors;
  if (!factor(at, scales, factors)) return INFINITY;
  const Vector pull = at.pull.cwiseQuotient(scales);
  return pull.dot(Vector(factors.solve(pull)));
}

struct Search {
  Vector p;
  Normal now;
  Vector largest;  // squared scale of each parameter so far
  double damping = 1e-3;
  double growth = 2;
};

// Tries one step. Whether it made the sum of squares less, or there is nothing left to gain.
bool step(const Trace& record, const Curve& curve, Search& search, Normal& trial) noexcept {
  search.largest = search.largest.cwiseMax(search.now.squares.diagonal());
  const Vector inverse = search.largest.cwiseMax(1e-300).cwiseSqrt().cwiseInverse();
  Matrix damped = inverse.asDiagonal() * search.now.squares * inverse.asDiagonal();
  damped.diagonal().array() += search.damping;
  const Eigen::LDLT<Matrix> factors(damped);
  const Vector pull = inverse.cwiseProduct(search.now.pull);
  const Vector scaled = factors.solve(pull);
  const Vector p = search.p + inverse.cwiseProduct(scaled);
  double gain = -1;
  if (factors.info() == Eigen::Success && p.allFinite() && curve.is_legal(p.data())) {
    evaluate(record, curve, p, trial);
    const double expected = scaled.dot(search.damping * scaled + pull);
    gain = expected > 0 ? (search.now.cost - trial.cost) / expected : -1;
  }
  if (!(gain > 0) || !std::isfinite(trial.cost)) {
    search.damping = std::max(search.damping * search.growth, 1e-6);
    search.growth *= 2;
    return false;
  }
  search.p = p;
  std::swap(search.now, trial);
  search.damping *= std::max(1.0 / 3, 1 - std::pow(2 * gain - 1, 3));
  search.growth = 2;
  return true;
}

void finish(const Search& search, std::size_t count, Fit& fit) noexcept {
  const auto n = static_cast<Eigen::Index>(fit.params);
  Vector scales;
  Eigen::LDLT<Matrix> factors;
  if (!factor(search.now, scales, factors)) {
    fit.invalid_because = "the record does not tell the parameters apart";
    return;
  }
  const Vector inverse = scales.cwiseInverse();
  const double variance = search.now.cost / static_cast<double>(count - fit.params);
  const Matrix unit = factors.solve(Matrix::Identity(n, n));
  const Matrix covariance = variance * (inverse.asDiagonal() * unit * inverse.asDiagonal());
  for (Eigen::Index k = 0; k < n; ++k) {
    fit.p[static_cast<std::size_t>(k)] = search.p[k];
    for (Eigen::Index j = 0; j < n; ++j) {
      fit.covariance[static_cast<std::size_t>(k * n + j)] = covariance(k, j);
    }
  }
  fit.residual_rms = std::sqrt(search.now.cost / static_cast<double>(count));
}

}  // namespace

void Curve::along(FitTile& tile, const double* p) const noexcept {
  double slopes[kMaxFitParams];
  for (std::size_t i = 0; i < FitTile::kPlaces; ++i) {
    tile.values[i] = at(tile.x[i], p, slopes);
    for (std::size_t k = 0; k < params_; ++k) tile.slopes[k][i] = slopes[k];
  }
}

double Fit::sigma(std::size_t k) const noexcept {
  return std::sqrt(covariance[k * params + k]);
}

ScalarResult Fit::result(std::size_t k) const noexcept {
  return is_valid() ? measured(p[k], sigma(k)) : not_measured(invalid_because);
}

Fit fit_curve(const Trace& record, const Curve& curve, std::span<const double> start,
              const FitLimits& limits) noexcept {
  Fit fit;
  fit.params = curve.params();
  ACQ_CHECK(start.size() == fit.params && fit.params <= kMaxFitParams);
  if (record.size() <= fit.params) {
    fit.invalid_because = "the record is shorter than the fit needs";
    return fit;
  }
  Search search;
  search.p = Eigen::Map<const Eigen::VectorXd>(start.data(), static_cast<Eigen::Index>(fit.params));
  if (!search.p.allFinite() || !curve.is_legal(search.p.data())) {
    fit.invalid_because = "there is no start for the fit";
    return fit;
  }
  evaluate(record, curve, search.p, search.now);
  if (curve.is_linear()) search.damping = 0;
  search.largest.setZero(static_cast<Eigen::Index>(fit.params));
  double squares = 0;
  for (const double y : record.y) squares += y * y;
  // Below this the residuals are the rounding of the values.
  const double floor = 1e-26 * squares;
  Normal trial;
  for (fit.iterations = 1; fit.iterations < limits.iterations; ++fit.iterations) {
    const double gain = possible_gain(search.now);
    if (gain <= limits.tolerance * limits.tolerance * search.now.cost || gain <= floor) {
      finish(search, record.size(), fit);
      return fit;
    }
    step(record, curve, search, trial);
    if (search.damping > 1e30) break;
  }
  // No further step makes it less: that is the minimum as far as rounding allows.
  if (possible_gain(search.now) <= 1e-8 * search.now.cost + floor) {
    finish(search, record.size(), fit);
  } else {
    fit.invalid_because = "the fit does not converge";
  }
  return fit;
}

}  // namespace acq
