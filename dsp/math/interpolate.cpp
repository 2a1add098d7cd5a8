#include "dsp/math/interpolate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace acq {
namespace {

constexpr std::size_t kMargin = 2;  // secants beyond either end

int sign_of(double v) noexcept {
  return (v > 0) - (v < 0);
}

// The end slope of a monotone interpolant, from the first two steps and secants.
double end_slope(double h0, double h1, double m0, double m1) noexcept {
  const double slope = ((2 * h0 + h1) * m0 - h0 * m1) / (h0 + h1);
  if (sign_of(slope) != sign_of(m0)) return 0;
  if (sign_of(m0) != sign_of(m1) && std::abs(slope) > 3 * std::abs(m0)) return 3 * m0;
  return slope;
}

}  // namespace

Result<Interpolator> Interpolator::make(Interpolation method, std::span<const double> x) {
  if (x.size() < 2) {
    return fail(Code::kInvalid, fmt::format("{} points are too few to interpolate", x.size()),
                "length", "2 or more");
  }
  Interpolator made;
  made.method_ = method;
  made.x_.assign(x.begin(), x.end());
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    made.step_.push_back(x[i + 1] - x[i]);
    if (!(made.step_.back() > 0) || !std::isfinite(made.step_.back())) {
      return fail(Code::kInvalid, fmt::format("x does not rise behind value {}", i), "x",
                  "rising numbers");
    }
  }
  made.secant_.resize(x.size() - 1 + 2 * kMargin);
  made.slope_.resize(x.size());
  made.upper_.resize(x.size());
  return made;
}

void Interpolator::find(std::span<const double> places) {
  places_.clear();
  places_.reserve(places.size());
  const std::size_t last = x_.size() - 2;
  std::size_t piece = 0;
  for (const double at : places) {
    const auto holds = [&](std::size_t k) {
      return (k == 0 || x_[k] <= at) && (k == last || at < x_[k + 1]);
    };
    // Places that rise are mostly in the piece of the one before, or in the next.
    if (!holds(piece) && (piece == last || !holds(++piece))) {
      const auto behind = std::upper_bound(x_.begin() + 1, x_.end() - 1, at);
      piece = static_cast<std::size_t>(behind - x_.begin()) - 1;
    }
    double offset = at - x_[piece];
    if (method_ == Interpolation::kLinear) offset = std::clamp(offset, 0.0, step_[piece]);
    places_.push_back({piece, offset});
  }
}

void Interpolator::run(std::span<const double> y, std::span<double> out) noexcept {
  double* const secant = secant_.data() + kMargin;
  for (std::size_t i = 0; i < step_.size(); ++i) secant[i] = (y[i + 1] - y[i]) / step_[i];
  if (step_.size() == 1) {
    slope_[0] = slope_[1] = secant[0];
  } else {
    switch (method_) {
      case Interpolation::kLinear: break;
      case Interpolation::kCubic: solve_spline(y); break;
      case Interpolation::kPchip: monotone_slopes(); break;
      case Interpolation::kAkima: akima_slopes(); break;
    }
  }
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const auto [k, t] = places_[i];
    if (method_ == Interpolation::kLinear) {
      out[i] = t == step_[k] ? y[k + 1] : y[k] + secant[k] * t;
      continue;
    }
    const double h = step_[k];
    const double bend = (slope_[k] + slope_[k + 1] - 2 * secant[k]) / h;
    out[i] = y[k] + t * (slope_[k] + t * ((secant[k] - slope_[k]) / h - bend + t * bend / h));
  }
}

// Slopes of the spline from its tridiagonal equations; the first and last say that the third derivative
// does not jump at the second and the last but one point.
void Interpolator::solve_spline(std::span<const double> y) noexcept {
  const double* const m = secant_.data() + kMargin;
  const std::vector<double>& h = step_;
  const std::size_t n = y.size();
  if (n == 3) {  // the parabola through the points
    const double bend = (m[1] - m[0]) / (h[0] + h[1]);
    slope_[0] = m[0] - bend * h[0];
    slope_[1] = m[0] + bend * h[0];
    slope_[2] = m[1] + bend * h[1];
    return;
  }
  const double first = h[0] + h[1], last = h[n - 2] + h[n - 3];
  upper_[0] = first / h[1];
  slope_[0] = ((h[0] + 2 * first) * h[1] * m[0] + h[0] * h[0] * m[1]) / first / h[1];
  for (std::size_t i = 1; i + 1 < n; ++i) {
    const double right = 3 * (h[i] * m[i - 1] + h[i - 1] * m[i]);
    const double pivot = 2 * (h[i - 1] + h[i]) - h[i] * upper_[i - 1];
    upper_[i] = h[i - 1] / pivot;
    slope_[i] = (right - h[i] * slope_[i - 1]) / pivot;
  }
  const double right =
      (h[n - 2] * h[n - 2] * m[n - 3] + (2 * last + h[n - 2]) * h[n - 3] * m[n - 2]) / last;
  slope_[n - 1] = (right - last * slope_[n - 2]) / (h[n - 3] - last * upper_[n - 2]);
  for (std::size_t i = n - 1; i-- > 0;) slope_[i] -= upper_[i] * slope_[i + 1];
}

void Interpolator::monotone_slopes() noexcept {
  const double* const m = secant_.data() + kMargin;
  const std::vector<double>& h = step_;
  const std::size_t n = x_.size();
  for (std::size_t i = 1; i + 1 < n; ++i) {
    if (sign_of(m[i - 1]) * sign_of(m[i]) <= 0) {
      slope_[i] = std::isnan(m[i - 1] + m[i]) ? m[i - 1] + m[i] : 0;
      continue;
    }
    const double w1 = 2 * h[i] + h[i - 1], w2 = h[i] + 2 * h[i - 1];
    slope_[i] = (w1 + w2) / (w1 / m[i - 1] + w2 / m[i]);
  }
  slope_[0] = end_slope(h[0], h[1], m[0], m[1]);
  slope_[n - 1] = end_slope(h[n - 2], h[n - 3], m[n - 2], m[n - 3]);
}

void Interpolator::akima_slopes() noexcept {
  double* const m = secant_.data();  // m[i + 2] is the secant behind point i
  const std::size_t n = x_.size();
  m[1] = 2 * m[2] - m[3];
  m[0] = 2 * m[1] - m[2];
  m[n + 1] = 2 * m[n] - m[n - 1];
  m[n + 2] = 2 * m[n + 1] - m[n];
  double largest = 0;
  const auto weight = [&](std::size_t i) {
    return std::abs(m[i + 3] - m[i + 2]) + std::abs(m[i + 1] - m[i]);
  };
  for (std::size_t i = 0; i < n; ++i) largest = std::max(largest, weight(i));
  for (std::size_t i = 0; i < n; ++i) {
    const double after = std::abs(m[i + 3] - m[i + 2]), before = std::abs(m[i + 1] - m[i]);
    slope_[i] = weight(i) > 1e-9 * largest
                    ? (after * m[i + 1] + before * m[i + 2]) / (after + before)
                    : (m[i + 3] + m[i]) / 2;
  }
}

Result<std::vector<double>> interpolate(Interpolation method, std::span<const double> x,
                                        std::span<const double> y, std::span<const double> places) {
  if (x.size() != y.size()) {
    return fail(Code::kInvalid, fmt::format("{} places for {} values", x.size(), y.size()), "y",
                "as many values as places");
  }
  auto made = Interpolator::make(method, x);
  if (!made) return tl::unexpected(made.error());
  made->find(places);
  std::vector<double> out(places.size());
  made->run(y, out);
  return out;
}

}  // namespace acq
