#include "dsp/math/faddeeva.h"

#include <array>
#include <cmath>
#include <numbers>

namespace acq {
namespace {

constexpr std::size_t kTerms = 48;
constexpr double kPi = std::numbers::pi;

const double kScale = std::sqrt(static_cast<double>(kTerms) / std::numbers::sqrt2);

// The Fourier coefficients of exp(-t^2) (L^2 + t^2) on t = L tan(theta / 2), by the trapezoidal rule.
std::array<double, kTerms> coefficients() noexcept {
  constexpr int kPoints = 4 * static_cast<int>(kTerms);
  std::array<double, kTerms> all{};
  for (std::size_t n = 0; n < kTerms; ++n) {
    double sum = 0;
    for (int k = 1 - kPoints / 2; k < kPoints / 2; ++k) {
      const double theta = 2 * kPi * k / kPoints;
      const double t = kScale * std::tan(theta / 2);
      sum += std::exp(-t * t) * (kScale * kScale + t * t) *
             std::cos(static_cast<double>(n + 1) * theta);
    }
    all[n] = sum / kPoints;
  }
  return all;
}

const std::array<double, kTerms> kCoefficients = coefficients();

std::complex<double> far_out(std::complex<double> z) noexcept {
  constexpr int kDepth = 12;
  std::complex<double> fraction = z;
  for (int k = kDepth; k >= 1; --k) fraction = z - 0.5 * k / fraction;
  return std::complex<double>(0, 1 / std::sqrt(kPi)) / fraction;
}

}  // namespace

std::complex<double> faddeeva(std::complex<double> z) noexcept {
  if (std::norm(z) > 100) return far_out(z);
  const std::complex<double> iz(-z.imag(), z.real());
  const std::complex<double> below = 1.0 / (kScale - iz);
  const std::complex<double> ratio = (kScale + iz) * below;
  std::complex<double> sum = 0;
  for (std::size_t n = kTerms; n-- > 0;) sum = sum * ratio + kCoefficients[n];
  return 2.0 * sum * below * below + below / std::sqrt(kPi);
}

}  // namespace acq
