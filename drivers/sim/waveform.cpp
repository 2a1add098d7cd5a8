#include "drivers/sim/waveform.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

namespace acq::sim {
namespace {

constexpr double kTwoPi = 2 * std::numbers::pi;

// Re w(z) of the Faddeeva function for Im z >= 0.
// Source: J. A. C. Weideman, Computation of the complex error function, SIAM J. Numer. Anal. 31
// (1994), rational series with 32 terms: about 12 digits.
class Faddeeva {
 public:
  Faddeeva() noexcept : scale_(std::sqrt(kTerms / std::numbers::sqrt2)) {
    constexpr int kPoints = 2 * kTerms;
    for (int n = 1; n <= kTerms; ++n) {
      double sum = 0;
      for (int k = 1 - kPoints; k < kPoints; ++k) {
        const double theta = k * std::numbers::pi / kPoints;
        const double t = scale_ * std::tan(theta / 2);
        sum += std::exp(-t * t) * (scale_ * scale_ + t * t) * std::cos(n * theta);
      }
      coefficients_[static_cast<std::size_t>(n - 1)] = sum / (2 * kPoints);
    }
  }

  [[nodiscard]] double real(double x, double y) const noexcept {
    const std::complex<double> iz{-y, x};
    const std::complex<double> below = scale_ - iz;
    const std::complex<double> z = (scale_ + iz) / below;
    std::complex<double> sum = 0;
    for (std::size_t n = kTerms; n-- > 0;) sum = sum * z + coefficients_[n];
    return (2.0 * sum / (below * below) + std::numbers::inv_sqrtpi / below).real();
  }

 private:
  static constexpr int kTerms = 32;
  double scale_;
  std::array<double, kTerms> coefficients_{};
};

// Height 1 at x = 0; Gaussian sigma and Lorentzian half width are both 1.
double voigt(double x) noexcept {
  static const Faddeeva faddeeva;
  constexpr double kY = 1 / std::numbers::sqrt2;
  static const double height = faddeeva.real(0, kY);
  return faddeeva.real(x * kY, kY) / height;
}

double sinc(double angle) noexcept {
  return angle == 0 ? 1 : std::sin(angle) / angle;
}

double polynomial(const std::vector<double>& coefficients, double x) noexcept {
  double sum = 0;
  for (auto c = coefficients.rbegin(); c != coefficients.rend(); ++c) sum = sum * x + *c;
  return sum;
}

// The values are evenly spaced over the period, joined by straight lines, the last with the first.
double table(const std::vector<double>& values, double x) noexcept {
  if (values.empty()) return 0;
  const double place = x * static_cast<double>(values.size());
  const auto before = std::min(static_cast<std::size_t>(place), values.size() - 1);
  const double low = values[before];
  const double high = values[before + 1 == values.size() ? 0 : before + 1];
  return low + (high - low) * (place - static_cast<double>(before));
}

// Rises from 0 to 1 on a straight line of length `rise` from `start`.
double ramp(double x, double start, double rise) noexcept {
  if (rise <= 0) return x >= start ? 1 : 0;
  return std::clamp((x - start) / rise, 0.0, 1.0);
}

double burst(const Waveform& w, double x) noexcept {
  const double inside = x - w.position;
  if (inside < 0 || inside >= w.width) return 0;
  return std::sin(kTwoPi * w.to_hz / w.frequency_hz * inside);
}

// Frequency goes from from_hz to to_hz on a straight line over the period.
double chirp(const Waveform& w, double x) noexcept {
  const double t = x / w.frequency_hz;
  const double slope = (w.to_hz - w.from_hz) * w.frequency_hz;
  return std::sin(kTwoPi * (w.from_hz * t + slope * t * t / 2));
}

// The shape alone: amplitude 1, offset 0.
double unit_value(const Waveform& w, double x) noexcept {
  const double from_peak = (x - w.position) / w.width;
  switch (w.shape) {
    case Shape::kGaussian: return std::exp(-from_peak * from_peak / 2);
    case Shape::kLorentzian: return 1 / (1 + from_peak * from_peak);
    case Shape::kVoigt: return voigt(from_peak);
    case Shape::kSine: return std::sin(kTwoPi * x);
    case Shape::kCosine: return std::cos(kTwoPi * x);
    case Shape::kSawtooth: return 2 * x - 1;
    case Shape::kTriangle: return 1 - 2 * std::abs(2 * x - 1);
    case Shape::kSquare: return x < w.duty ? 1 : -1;
    case Shape::kSinc: return sinc(kTwoPi * from_peak);
    case Shape::kChirp: return chirp(w, x);
    case Shape::kStep: return x < w.position ? 0 : 1;
    case Shape::kExponential: return std::exp(-x / w.width);
    case Shape::kLogistic: return 1 / (1 + std::exp(-from_peak));
    case Shape::kPulse: return x >= w.position && x < w.position + w.width ? 1 : 0;
    case Shape::kStepPulse: return ramp(x, w.position, w.rise);
    case Shape::kSquarePulse:
      return ramp(x, w.position, w.rise) - ramp(x, w.position + w.rise + w.width, w.fall);
    case Shape::kBurst: return burst(w, x);
    case Shape::kPolynomial: return polynomial(w.numbers, x);
    case Shape::kTable: return table(w.numbers, x);
    case Shape::kZero:
    case Shape::kNormal:
    case Shape::kUniform:
    case Shape::kPoisson:
    case Shape::kCounter: break;
  }
  return 0;
}

}  // namespace

double value_at(const Waveform& wave, double cycle) noexcept {
  return wave.amplitude * unit_value(wave, cycle) + wave.offset;
}

}  // namespace acq::sim
