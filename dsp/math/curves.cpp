#include "dsp/math/curves.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numbers>

#include "dsp/base/result.h"
#include "dsp/math/curve_start.h"
#include "dsp/math/faddeeva.h"
#include "dsp/math/voigt_limits.h"

namespace acq {
namespace {

constexpr double kRoot2 = std::numbers::sqrt2;

// Height, and slopes by amplitude, x0 and width, of one peak.
double gaussian(double x, const double* p, double* slopes) noexcept {
  const double u = (x - p[1]) / p[2];
  const double e = std::exp(-0.5 * u * u);
  slopes[0] = e;
  slopes[1] = p[0] * e * u / p[2];
  slopes[2] = slopes[1] * u;
  return p[0] * e;
}

double lorentzian(double x, const double* p, double* slopes) noexcept {
  const double u = (x - p[1]) / p[2];
  const double l = 1 / (1 + u * u);
  slopes[0] = l;
  slopes[1] = 2 * p[0] * l * l * u / p[2];
  slopes[2] = slopes[1] * u;
  return p[0] * l;
}

class PeakSum final : public Curve {
 public:
  PeakSum(CurveKind kind, std::size_t peaks) noexcept
      : Curve(3 * peaks + 1), is_gaussian_(kind == CurveKind::kGaussian), peaks_(peaks) {}
  double at(double x, const double* p, double* slopes) const noexcept override {
    double sum = p[3 * peaks_];
    slopes[3 * peaks_] = 1;
    for (std::size_t k = 0; k < 3 * peaks_; k += 3) {
      sum += is_gaussian_ ? gaussian(x, p + k, slopes + k) : lorentzian(x, p + k, slopes + k);
    }
    return sum;
  }
  [[nodiscard]] bool is_legal(const double* p) const noexcept override {
    for (std::size_t k = 0; k < peaks_; ++k) {
      if (!(p[3 * k + 2] > 0)) return false;
    }
    return true;
  }

 private:
  bool is_gaussian_;
  std::size_t peaks_;
};

class Voigt final : public Curve {
 public:
  Voigt() noexcept : Curve(5) {}
  double at(double x, const double* p, double* slopes) const noexcept override {
    const double scale = 1 / (p[2] * kRoot2);
    const std::complex<double> z((x - p[1]) * scale, p[3] * scale);
    const std::complex<double> w = faddeeva(z);
    const std::complex<double> z0(0, p[3] * scale);
    const double w0 = faddeeva(z0).real();
    const std::complex<double> slope = derivative(z, w);
    const std::complex<double> slope0 = derivative(z0, w0);
    const double height = p[0] / w0;
    const double shape = w.real() / w0;
    slopes[0] = shape;
    slopes[1] = -height * slope.real() * scale;
    // d z / d sigma = -z / sigma; d z / d gamma = i scale
    slopes[2] = -height / p[2] * ((slope * z).real() - shape * (slope0 * z0).real());
    slopes[3] = -height * scale * (slope.imag() - shape * slope0.imag());
    slopes[4] = 1;
    return p[0] * shape + p[4];
  }
  [[nodiscard]] bool is_legal(const double* p) const noexcept override {
    return p[2] > 0 && p[3] >= 0 && p[3] < 1e6 * p[2];
  }

 private:
  static std::complex<double> derivative(std::complex<double> z, std::complex<double> w) noexcept {
    return -2.0 * z * w + std::complex<double>(0, 2 / std::sqrt(std::numbers::pi));
  }
};

class Exponential final : public Curve {
 public:
  Exponential() noexcept : Curve(3) {}
  double at(double x, const double* p, double* slopes) const noexcept override {
    const double e = std::exp(p[1] * x);
    slopes[0] = e;
    slopes[1] = p[0] * x * e;
    slopes[2] = 1;
    return p[0] * e + p[2];
  }
  [[nodiscard]] bool is_legal(const double* /*p*/) const noexcept override { return true; }
};

class Sigmoid final : public Curve {
 public:
  Sigmoid() noexcept : Curve(4) {}
  double at(double x, const double* p, double* slopes) const noexcept override {
    const double s = 1 / (1 + std::exp(-p[1] * (x - p[2])));
    const double steep = p[0] * s * (1 - s);
    slopes[0] = s;
    slopes[1] = steep * (x - p[2]);
    slopes[2] = -steep * p[1];
    slopes[3] = 1;
    return p[0] * s + p[3];
  }
  [[nodiscard]] bool is_legal(const double* p) const noexcept override { return p[1] > 0; }
};

bool is_constant(const Trace& record) noexcept {
  return std::adjacent_find(record.y.begin(), record.y.end(), std::not_equal_to<>()) ==
         record.y.end();
}

Fit no_fit(std::size_t params, const char* reason) noexcept {
  Fit fit;
  fit.params = params;
  fit.invalid_because = reason;
  return fit;
}

Fit fit_from(const Trace& record, const Curve& curve, const Start& start,
             const FitLimits& limits) noexcept {
  return fit_curve(record, curve, {start.data(), curve.params()}, limits);
}

void swap_peaks(Fit& fit, std::size_t a, std::size_t b) noexcept {
  const std::size_t n = fit.params;
  for (std::size_t k = 0; k < 3; ++k) {
    const std::size_t i = 3 * a + k, j = 3 * b + k;
    std::swap(fit.p[i], fit.p[j]);
    for (std::size_t m = 0; m < n; ++m)
      std::swap(fit.covariance[i * n + m], fit.covariance[j * n + m]);
    for (std::size_t m = 0; m < n; ++m)
      std::swap(fit.covariance[m * n + i], fit.covariance[m * n + j]);
  }
}

// Half the full width of a Voigt profile at `fraction` of its height, by bisection.
double voigt_half_width(double sigma, double gamma, double fraction) noexcept {
  double low = 0;
  double high = sigma + gamma;
  while (voigt(high, sigma, gamma) > fraction && high < 1e9 * (sigma + gamma)) high *= 2;
  for (int i = 0; i < 200 && high - low > 1e-15 * high; ++i) {
    const double middle = 0.5 * (low + high);
    (voigt(middle, sigma, gamma) > fraction ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace

Fit fit_named_curve(const Trace& record, CurveKind kind, const FitLimits& limits) noexcept {
  const std::size_t params = kind == CurveKind::kVoigt         ? 5
                             : kind == CurveKind::kExponential ? 3
                                                               : 4;
  if (record.size() <= params) return no_fit(params, "the record is shorter than the fit needs");
  if (is_constant(record)) return no_fit(params, "the record is constant");
  switch (kind) {
    case CurveKind::kGaussian:
    case CurveKind::kLorentzian:
      return fit_from(record, PeakSum(kind, 1), peak_start(record, kind), limits);
    case CurveKind::kVoigt: {
      // At a limit the slope by one of the widths vanishes, and no step gets there.
      const Fit fit = fit_from(record, Voigt(), peak_start(record, kind), limits);
      return fit.is_valid() ? fit : fit_voigt_limit(record, limits);
    }
    case CurveKind::kExponential:
      return fit_from(record, Exponential(), exponential_start(record), limits);
    case CurveKind::kSigmoid: return fit_from(record, Sigmoid(), sigmoid_start(record), limits);
  }
  return no_fit(params, "there is no such curve");
}

Fit fit_peaks(const Trace& record, CurveKind kind, std::size_t peaks, std::span<double> work,
              const FitLimits& limits) noexcept {
  ACQ_CHECK(peaks >= 1 && peaks <= kMostFittedPeaks && work.size() >= record.size());
  const PeakSum curve(kind, peaks);
  if (record.size() <= curve.params()) {
    return no_fit(curve.params(), "the record is shorter than the fit needs");
  }
  if (is_constant(record)) return no_fit(curve.params(), "the record is constant");
  std::copy(record.y.begin(), record.y.end(), work.begin());
  const Trace rest{work.first(record.size()), record.start, record.step};
  Start start{};
  const double base = base_of(record, work);
  std::copy(record.y.begin(), record.y.end(), work.begin());
  for (std::size_t k = 0; k < peaks; ++k) {
    double* p = start.data() + 3 * k;
    tallest_start(rest, base, kind, p);
    double slopes[3];
    for (std::size_t i = 0; i < record.size(); ++i) {
      const double x = record.x(static_cast<double>(i));
      work[i] -= kind == CurveKind::kGaussian ? gaussian(x, p, slopes) : lorentzian(x, p, slopes);
    }
  }
  start[3 * peaks] = base;
  Fit fit = fit_from(record, curve, start, limits);
  if (!fit.is_valid()) return fit;
  for (std::size_t a = 0; a < peaks; ++a) {
    for (std::size_t b = a + 1; b < peaks; ++b) {
      if (fit.p[3 * b + 1] < fit.p[3 * a + 1]) swap_peaks(fit, a, b);
    }
  }
  return fit;
}

double voigt(double distance, double sigma, double gamma) noexcept {
  const double scale = 1 / (sigma * kRoot2);
  return faddeeva({distance * scale, gamma * scale}).real() / faddeeva({0, gamma * scale}).real();
}

void voigt(std::span<const double> distance, double sigma, double gamma,
           std::span<double> y) noexcept {
  const double scale = 1 / (sigma * kRoot2);
  const double peak = faddeeva({0, gamma * scale}).real();
  std::array<std::complex<double>, 64> z;
  for (std::size_t at = 0; at < distance.size(); at += z.size()) {
    const std::size_t count = std::min(z.size(), distance.size() - at);
    for (std::size_t i = 0; i < count; ++i) z[i] = {distance[at + i] * scale, gamma * scale};
    faddeeva(std::span(z).first(count), z);
    for (std::size_t i = 0; i < count; ++i) y[at + i] = z[i].real() / peak;
  }
}

ScalarResult fitted_width(const Fit& fit, CurveKind kind, double fraction) noexcept {
  if (!fit.is_valid()) return not_measured(fit.invalid_because);
  if (kind != CurveKind::kVoigt) {
    const double factor = kind == CurveKind::kGaussian ? 2 * std::sqrt(-2 * std::log(fraction))
                                                       : 2 * std::sqrt(1 / fraction - 1);
    return measured(factor * fit.p[2], factor * fit.sigma(2));
  }
  const double sigma = fit.p[2], gamma = fit.p[3];
  if (sigma == 0) {
    const double factor = 2 * std::sqrt(1 / fraction - 1);
    return measured(factor * gamma, factor * fit.sigma(3));
  }
  const double width = 2 * voigt_half_width(sigma, gamma, fraction);
  // The width is homogeneous in both, so its two slopes follow from one difference.
  const double h = 1e-5 * sigma;
  const double by_sigma = (voigt_half_width(sigma + h, gamma, fraction) -
                           voigt_half_width(sigma - h, gamma, fraction)) /
                          h;
  if (gamma == 0) return measured(width, std::abs(by_sigma) * fit.sigma(2));
  const double by_gamma = (width - by_sigma * sigma) / gamma;
  const auto covariance = [&](std::size_t i, std::size_t j) { return fit.covariance[i * 5 + j]; };
  const double variance = by_sigma * by_sigma * covariance(2, 2) +
                          2 * by_sigma * by_gamma * covariance(2, 3) +
                          by_gamma * by_gamma * covariance(3, 3);
  return measured(width, std::sqrt(variance));
}

}  // namespace acq
