#include "dsp/math/sine_fit.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "dsp/math/window.h"

namespace acq {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;
constexpr double kDegrees = 180 / std::numbers::pi;

// a cos(w u) + b sin(w u) + c, and w in radians a sample, u in samples from the middle of the record:
// there frequency and phase are nearly independent.
class Sine final : public Curve {
 public:
  Sine(std::size_t params, double frequency) noexcept : Curve(params), w_(frequency) {}

  double at(double u, const double* p, double* slopes) const noexcept override {
    const double w = params() == 4 ? p[3] : w_;
    slopes[0] = std::cos(w * u);
    slopes[1] = std::sin(w * u);
    slopes[2] = 1;
    if (params() == 4) slopes[3] = u * (p[1] * slopes[0] - p[0] * slopes[1]);
    return p[0] * slopes[0] + p[1] * slopes[1] + p[2];
  }
  // Each place is turned from the first one by a turn that is the same in all tiles.
  void along(FitTile& tile, const double* p) const noexcept override {
    const double w = params() == 4 ? p[3] : w_;
    if (w != turns_w_) {
      for (std::size_t i = 0; i < FitTile::kPlaces; ++i) {
        cosines_[i] = std::cos(w * static_cast<double>(i));
        sines_[i] = std::sin(w * static_cast<double>(i));
      }
      turns_w_ = w;
    }
    const double c = std::cos(w * tile.x[0]), s = std::sin(w * tile.x[0]);
    for (std::size_t i = 0; i < FitTile::kPlaces; ++i) {
      const double cosine = c * cosines_[i] - s * sines_[i];
      const double sine = c * sines_[i] + s * cosines_[i];
      tile.slopes[0][i] = cosine;
      tile.slopes[1][i] = sine;
      tile.values[i] = p[0] * cosine + p[1] * sine + p[2];
    }
    tile.slopes[2].fill(1);
    if (params() < 4) return;
    for (std::size_t i = 0; i < FitTile::kPlaces; ++i) {
      const double u = tile.x[0] + static_cast<double>(i);
      tile.slopes[3][i] = u * (p[1] * tile.slopes[0][i] - p[0] * tile.slopes[1][i]);
    }
  }
  [[nodiscard]] bool is_legal(const double* p) const noexcept override {
    return params() == 3 || (p[3] > 0 && p[3] < std::numbers::pi);
  }

 private:
  double w_;
  mutable double turns_w_ = INFINITY;
  mutable FitTile::Row<double> cosines_;
  mutable FitTile::Row<double> sines_;
};

SineFit no_fit(const char* reason) noexcept {
  SineFit fit;
  fit.invalid_because = reason;
  return fit;
}

const char* problem_with(const Trace& record, std::size_t least) noexcept {
  if (record.size() < least) return "the record is shorter than the fit needs";
  const auto [low, high] = std::minmax_element(record.y.begin(), record.y.end());
  return *low == *high ? "the record is constant" : nullptr;
}

double wrapped_deg(double turns) noexcept {
  return 360 * (turns - std::round(turns));
}

// Amplitude, phase and their variances from those of the two parts.
SineFit sine_of(const Trace& record, const Fit& fit, double w) noexcept {
  if (!fit.is_valid()) return no_fit(fit.invalid_because);
  const double a = fit.p[0], b = fit.p[1];
  const double amplitude = std::hypot(a, b);
  if (!(amplitude > 0)) return no_fit("there is no sine");
  const std::size_t n = fit.params;
  const auto covariance = [&](std::size_t i, std::size_t j) { return fit.covariance[i * n + j]; };
  // In samples from the middle to x = 0.
  const double shift = record.position(0) - 0.5 * static_cast<double>(record.size() - 1);
  SineFit sine;
  sine.amplitude = amplitude;
  sine.offset = fit.p[2];
  sine.frequency = w / (kTurn * record.step);
  sine.phase_deg = wrapped_deg(std::atan2(-b, a) / kTurn + w * shift / kTurn);
  const double ca = a / amplitude, cb = b / amplitude;
  sine.amplitude_sigma = std::sqrt(ca * ca * covariance(0, 0) + 2 * ca * cb * covariance(0, 1) +
                                   cb * cb * covariance(1, 1));
  // d phase = (b da - a db) / amplitude^2 + shift dw
  const double pa = cb / amplitude, pb = -ca / amplitude;
  double variance =
      pa * pa * covariance(0, 0) + 2 * pa * pb * covariance(0, 1) + pb * pb * covariance(1, 1);
  if (n == 4) {
    variance += shift * shift * covariance(3, 3) +
                2 * shift * (pa * covariance(0, 3) + pb * covariance(1, 3));
    sine.frequency_sigma = fit.sigma(3) / (kTurn * record.step);
  }
  sine.phase_sigma_deg = std::sqrt(std::max(0.0, variance)) * kDegrees;
  sine.offset_sigma = fit.sigma(2);
  sine.residual_rms = fit.residual_rms;
  sine.iterations = fit.iterations;
  return sine;
}

Trace about_middle(const Trace& record) noexcept {
  return {record.y, -0.5 * static_cast<double>(record.size() - 1), 1};
}

}  // namespace

double SineFit::at(double x) const noexcept {
  return amplitude * std::cos(kTurn * frequency * x + phase_deg / kDegrees) + offset;
}

SineFit fit_sine3(const Trace& record, double frequency) noexcept {
  if (const char* problem = problem_with(record, 4)) return no_fit(problem);
  const double w = kTurn * frequency * record.step;
  if (!(w > 0 && w < std::numbers::pi)) return no_fit("the frequency is not below half the rate");
  const double start[3] = {0, 0, 0};
  return sine_of(record, fit_curve(about_middle(record), Sine(3, w), start), w);
}

SineFit fit_sine4(const Trace& record, double start, const FitLimits& limits) noexcept {
  if (const char* problem = problem_with(record, 5)) return no_fit(problem);
  const double w = kTurn * start * record.step;
  if (!(w > 0 && w < std::numbers::pi)) return no_fit("there is no sine");
  const Trace middle = about_middle(record);
  const double nothing[3] = {0, 0, 0};
  const Fit first = fit_curve(middle, Sine(3, w), nothing);
  if (!first.is_valid()) return no_fit(first.invalid_because);
  const double from[4] = {first.p[0], first.p[1], first.p[2], w};
  const Fit fit = fit_curve(middle, Sine(4, w), from, limits);
  if (fit.is_valid() && fit.p[3] * static_cast<double>(record.size()) < kTurn) {
    return no_fit("the record holds less than one period");
  }
  return sine_of(record, fit, fit.p[3]);
}

Result<SineStart> SineStart::make(std::size_t count) {
  auto plan = RealFft<double>::plan(count);
  if (!plan) return tl::unexpected(plan.error());
  const auto window = make_window("hann", count, Sampling::kPeriodic);
  if (!window) return tl::unexpected(window.error());
  SineStart start;
  start.plan_ = std::move(*plan);
  start.window_.assign(window->begin(), window->end());
  start.in_.resize(count);
  start.out_.resize(start.plan_.bins());
  start.power_.resize(start.plan_.bins());
  return start;
}

std::span<const double> SineStart::power(std::span<const double> y, double mean,
                                         std::span<const double> window) noexcept {
  for (std::size_t i = 0; i < y.size(); ++i) in_[i] = (y[i] - mean) * window[i];
  plan_.run(in_.data(), out_.data());
  for (std::size_t k = 0; k < power_.size(); ++k) power_[k] = std::norm(out_[k]);
  return power_;
}

double SineStart::find(const Trace& record) noexcept {
  const auto count = static_cast<double>(record.size());
  const double mean = std::accumulate(record.y.begin(), record.y.end(), 0.0) / count;
  const std::span<const double> p = power(record.y, mean, window_);
  if (p.size() < 3) return 0;
  const auto top = std::max_element(p.begin() + 1, p.end());
  if (!(*top > 0)) return 0;
  const auto k = static_cast<std::size_t>(top - p.begin());
  // Between a Hann window's two largest bins: F. J. Grandke, IEEE Trans. IM-32 (1983) 350.
  const bool is_last = k + 1 == p.size();
  const bool goes_up = !is_last && p[k + 1] > p[k - 1];
  const double ratio = std::sqrt((goes_up ? p[k + 1] : p[k - 1]) / *top);
  const double offset = (2 * ratio - 1) / (ratio + 1);
  // At the first bin the mean taken off spoils its lower neighbour; the upper one is used alone.
  const double bin = static_cast<double>(k) + (k == 1 && !goes_up ? 0 : goes_up ? offset : -offset);
  return bin / (count * record.step);
}

}  // namespace acq
