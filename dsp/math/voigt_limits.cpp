#include "dsp/math/voigt_limits.h"

#include <cmath>
#include <complex>
#include <numbers>

#include "dsp/math/curves.h"
#include "dsp/math/faddeeva.h"

namespace acq {
namespace {

constexpr std::size_t kSigma = 2;  // places among the parameters
constexpr std::size_t kGamma = 3;

// Height 1: the profile at a distance t in widths, and its slope by the width that is 0 there.
struct Limit {
  double value;
  double slope;
};

// By sigma^2, in gamma^2: the convolution adds sigma^2 / 2 of the second derivative.
Limit lorentzian_limit(double t) noexcept {
  const double l = 1 / (1 + t * t);
  return {l, 0.5 * ((6 * t * t - 2) * l * l * l + 2 * l)};
}

// By gamma, in sigma: of w(z) over w at the centre.
Limit gaussian_limit(double t) noexcept {
  const double scale = 1 / std::numbers::sqrt2;
  const std::complex<double> z(t * scale, 0);
  const std::complex<double> w = faddeeva(z);
  constexpr double kAtCentre = 2 * std::numbers::inv_sqrtpi;
  const double slope = (-2.0 * z * w).imag() + kAtCentre;
  return {w.real(), -scale * (slope - w.real() * kAtCentre)};
}

// Whether the curve becomes no better when the width grows from 0, by its slope there, or by no more
// than noise makes: within three sigma.
template <typename AtDistance>
bool is_minimum(const Trace& record, const Fit& fit, AtDistance limit) noexcept {
  double pull = 0, squares = 0, cost = 0;
  for (std::size_t i = 0; i < record.size(); ++i) {
    const double x = record.x(static_cast<double>(i));
    const Limit at = limit((x - fit.p[1]) / fit.p[2]);
    const double residual = record.y[i] - fit.p[0] * at.value - fit.p[3];
    const double slope = fit.p[0] * at.slope;
    pull += residual * slope;
    squares += slope * slope;
    cost += residual * residual;
  }
  const auto freedom = static_cast<double>(record.size() - fit.params);
  return pull <= 0 || pull * pull <= 9 * squares * cost / freedom;
}

// A fit of amplitude, x0, width, y0 as one of a Voigt profile.
Fit as_voigt(const Fit& fit, std::size_t width, std::size_t missing) noexcept {
  constexpr std::size_t kParams = 5;
  Fit voigt = fit;
  voigt.params = kParams;
  const std::size_t places[] = {0, 1, width, 4};
  voigt.p = {};
  voigt.covariance = {};
  for (std::size_t k = 0; k < fit.params; ++k) {
    voigt.p[places[k]] = fit.p[k];
    for (std::size_t j = 0; j < fit.params; ++j) {
      voigt.covariance[places[k] * kParams + places[j]] = fit.covariance[k * fit.params + j];
    }
  }
  voigt.covariance[missing * kParams + missing] = kUnknown;
  return voigt;
}

}  // namespace

Fit fit_voigt_limit(const Trace& record, const FitLimits& limits) noexcept {
  const Fit lorentzian = fit_named_curve(record, CurveKind::kLorentzian, limits);
  const Fit gaussian = fit_named_curve(record, CurveKind::kGaussian, limits);
  const bool may_be_lorentzian =
      lorentzian.is_valid() && is_minimum(record, lorentzian, lorentzian_limit);
  const bool may_be_gaussian = gaussian.is_valid() && is_minimum(record, gaussian, gaussian_limit);
  if (may_be_lorentzian && !(may_be_gaussian && gaussian.residual_rms < lorentzian.residual_rms)) {
    return as_voigt(lorentzian, kGamma, kSigma);
  }
  if (may_be_gaussian) return as_voigt(gaussian, kSigma, kGamma);
  Fit none;
  none.params = 5;
  none.invalid_because = "the fit does not converge";
  return none;
}

}  // namespace acq
