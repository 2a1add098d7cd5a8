// The curves that records are fitted with, and where each fit starts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "dsp/math/least_squares.h"
#include "dsp/math/trace.h"

namespace acq {

// Amplitude is always the height of the peak above y0 (not an area) and may be negative.
enum class CurveKind : std::uint8_t {
  kGaussian,     // amplitude exp(-(x - x0)^2 / (2 sigma^2)) + y0
  kLorentzian,   // amplitude / (1 + ((x - x0) / gamma)^2) + y0
  kVoigt,        // the convolution of both: amplitude, x0, sigma, gamma, y0
  kExponential,  // amplitude exp(rate x) + y0
  kSigmoid,      // amplitude / (1 + exp(-k (x - x0))) + y0, k above 0
};

// One of the curves above. Parameters in the order: gaussian, lorentzian: amplitude, x0, width, y0;
// voigt: amplitude, x0, sigma, gamma, y0; exponential: amplitude, rate, y0; sigmoid: amplitude, k, x0,
// y0. Automatic start: from the extremes, the area, the crossings of the half height.
// Errors as fit_curve(), and: a constant record.
Fit fit_named_curve(const Trace& record, CurveKind kind, const FitLimits& limits = {}) noexcept;

// A sum of `peaks` (1 to 8) gaussians or lorentzians with a common y0: amplitude, x0, width of each,
// then y0; in the order of x0. The start takes the highest peaks one after the other from the record;
// `work` holds record.size() values.
Fit fit_peaks(const Trace& record, CurveKind kind, std::size_t peaks, std::span<double> work,
              const FitLimits& limits = {}) noexcept;
inline constexpr std::size_t kMostFittedPeaks = 8;

// y = sum of c[k] x^k, degree 1 to 10; p in the order c[0], c[1] ... Computed in Chebyshev polynomials
// on the span of the record, so that a high degree loses no digits.
Fit fit_polynomial(const Trace& record, std::size_t degree) noexcept;
inline constexpr std::size_t kMostDegree = 10;

// The full width of a fitted gaussian, lorentzian or voigt at `fraction` (0 to 1) of its height, with
// the uncertainty that the covariance gives it.
ScalarResult fitted_width(const Fit& fit, CurveKind kind, double fraction) noexcept;

// The value of a Voigt profile of height 1 at a distance from its centre.
double voigt(double distance, double sigma, double gamma) noexcept;
// Of every distance; `y` may be `distance`.
void voigt(std::span<const double> distance, double sigma, double gamma,
           std::span<double> y) noexcept;

}  // namespace acq
