#include "dsp/math/interpolate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "dsp/math/search_kernels.h"

namespace acq {
namespace {

constexpr std::size_t kMargin = 2;  // secants beyond either end
constexpr double kMost = std::numeric_limits<double>::max();

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

constexpr std::size_t kTile = 1024;  // places looked for at a time

double on_line(double a, double b, double step, double offset) noexcept {
  const double t = std::clamp(offset, 0.0, step);
  return t == step ? b : a + (b - a) / step * t;
}

void lines_at(std::span<const double> x, std::span<const double> y,
              std::span<const std::size_t> pieces, const double* places, double* out) noexcept {
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::size_t k = pieces[i];
    out[i] = on_line(y[k], y[k + 1], x[k + 1] - x[k], places[i] - x[k]);
  }
}

// Calls run(pieces, where they begin) for the pieces of all places, some at a time.
template <typename Run>
void in_tiles(std::span<const double> x, std::span<const double> places, const Run& run) noexcept {
  std::size_t pieces[kTile];
  std::size_t piece = 0;
  for (std::size_t at = 0; at < places.size(); at += kTile) {
    const std::size_t count = std::min(kTile, places.size() - at);
    piece = find_pieces(x, piece, places.data() + at, count, pieces);
    run(std::span<const std::size_t>(pieces, count), at);
  }
}

bool is_step(double step) noexcept {
  return (static_cast<int>(step > 0) & static_cast<int>(step <= kMost)) != 0;
}

Result<void> check_places(std::span<const double> x) {
  if (x.size() < 2) {
    return fail(Code::kInvalid, fmt::format("{} points are too few to interpolate", x.size()),
                "length", "2 or more");
  }
  std::size_t steps = 0;
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    steps += static_cast<std::size_t>(is_step(x[i + 1] - x[i]));
  }
  if (steps + 1 == x.size()) return {};
  std::size_t i = 0;
  while (is_step(x[i + 1] - x[i])) ++i;
  return fail(Code::kInvalid, fmt::format("x does not rise behind value {}", i), "x",
              "rising numbers");
}

}  // namespace

Result<Interpolator> Interpolator::make(Interpolation method, std::span<const double> x) {
  if (const auto fits = check_places(x); !fits) return tl::unexpected(fits.error());
  Interpolator made;
  made.method_ = method;
  made.x_.assign(x.begin(), x.end());
  if (method == Interpolation::kLinear) return made;
  made.secant_.resize(x.size() - 1 + 2 * kMargin);
  made.slope_.resize(x.size());
  if (method == Interpolation::kCubic) made.upper_.resize(x.size());
  return made;
}

void Interpolator::find(std::span<const double> places) {
  places_.assign(places.begin(), places.end());
  pieces_.resize(places.size());
  find_pieces(x_, 0, places.data(), places.size(), pieces_.data());
}

void Interpolator::find_slopes(std::span<const double> y) noexcept {
  double* const secant = secant_.data() + kMargin;
  const std::size_t pieces = x_.size() - 1;
  for (std::size_t i = 0; i < pieces; ++i) secant[i] = (y[i + 1] - y[i]) / step(i);
  if (pieces == 1) {
    slope_[0] = slope_[1] = secant[0];
    return;
  }
  switch (method_) {
    case Interpolation::kLinear: break;
    case Interpolation::kCubic: solve_spline(y); break;
    case Interpolation::kPchip: monotone_slopes(); break;
    case Interpolation::kAkima: akima_slopes(); break;
  }
}

double Interpolator::on_cubic(std::span<const double> y, std::size_t k, double t) const noexcept {
  const double per_step = 1 / step(k), secant = secant_[k + kMargin];
  const double bend = (slope_[k] + slope_[k + 1] - 2 * secant) * per_step;
  return y[k] +
         t * (slope_[k] + t * ((secant - slope_[k]) * per_step - bend + t * bend * per_step));
}

void Interpolator::values_at(std::span<const double> y, std::span<const std::size_t> pieces,
                             const double* places, double* out) const noexcept {
  if (method_ == Interpolation::kLinear) return lines_at(x_, y, pieces, places, out);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    out[i] = on_cubic(y, pieces[i], places[i] - x_[pieces[i]]);
  }
}

void Interpolator::run(std::span<const double> y, std::span<double> out) noexcept {
  if (method_ != Interpolation::kLinear) find_slopes(y);
  values_at(y, pieces_, places_.data(), out.data());
}

void Interpolator::run(std::span<const double> y, std::span<const double> places,
                       std::span<double> out) noexcept {
  if (method_ != Interpolation::kLinear) find_slopes(y);
  in_tiles(x_, places, [&](std::span<const std::size_t> pieces, std::size_t at) {
    values_at(y, pieces, places.data() + at, out.data() + at);
  });
}

// Slopes of the spline from its tridiagonal equations; the first and last say that the third derivative
// does not jump at the second and the last but one point.
void Interpolator::solve_spline(std::span<const double> y) noexcept {
  const double* const m = secant_.data() + kMargin;
  const std::size_t n = y.size();
  const double h0 = step(0), h1 = step(1);
  if (n == 3) {  // the parabola through the points
    const double bend = (m[1] - m[0]) / (h0 + h1);
    slope_[0] = m[0] - bend * h0;
    slope_[1] = m[0] + bend * h0;
    slope_[2] = m[1] + bend * h1;
    return;
  }
  const double first = h0 + h1;
  upper_[0] = first / h1;
  slope_[0] = ((h0 + 2 * first) * h1 * m[0] + h0 * h0 * m[1]) / first / h1;
  for (std::size_t i = 1; i + 1 < n; ++i) {
    const double before = step(i - 1), behind = step(i);
    const double right = 3 * (behind * m[i - 1] + before * m[i]);
    const double inverse = 1 / (2 * (before + behind) - behind * upper_[i - 1]);
    upper_[i] = before * inverse;
    slope_[i] = (right - behind * slope_[i - 1]) * inverse;
  }
  const double h2 = step(n - 3), h3 = step(n - 2), last = h2 + h3;
  const double right = (h3 * h3 * m[n - 3] + (2 * last + h3) * h2 * m[n - 2]) / last;
  slope_[n - 1] = (right - last * slope_[n - 2]) / (h2 - last * upper_[n - 2]);
  for (std::size_t i = n - 1; i-- > 0;) slope_[i] -= upper_[i] * slope_[i + 1];
}

void Interpolator::monotone_slopes() noexcept {
  const double* const m = secant_.data() + kMargin;
  const std::size_t n = x_.size();
  for (std::size_t i = 1; i + 1 < n; ++i) {
    const double a = m[i - 1], b = m[i];
    const double w1 = 2 * step(i) + step(i - 1), w2 = step(i) + 2 * step(i - 1);
    // The harmonic mean of secants of one sign; NaN stays. Chosen afterwards: noise makes branches dear.
    const double mean = (w1 + w2) * a * (b / (w1 * b + w2 * a));
    const double other = std::isnan(a + b) ? a + b : 0;
    slope_[i] = (a > 0 && b > 0) || (a < 0 && b < 0) ? mean : other;
  }
  slope_[0] = end_slope(step(0), step(1), m[0], m[1]);
  slope_[n - 1] = end_slope(step(n - 2), step(n - 3), m[n - 2], m[n - 3]);
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

Result<void> interpolate(Interpolation method, std::span<const double> x, std::span<const double> y,
                         std::span<const double> places, std::span<double> out) {
  if (x.size() != y.size()) {
    return fail(Code::kInvalid, fmt::format("{} places for {} values", x.size(), y.size()), "y",
                "as many values as places");
  }
  if (method == Interpolation::kLinear) {  // nothing to be made of x
    if (const auto fits = check_places(x); !fits) return fits;
    in_tiles(x, places, [&](std::span<const std::size_t> pieces, std::size_t at) {
      lines_at(x, y, pieces, places.data() + at, out.data() + at);
    });
    return {};
  }
  auto made = Interpolator::make(method, x);
  if (!made) return tl::unexpected(made.error());
  made->run(y, places, out);
  return {};
}

}  // namespace acq
