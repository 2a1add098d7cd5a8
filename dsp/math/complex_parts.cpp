#include "dsp/math/complex_parts.h"

#include <algorithm>
#include <cmath>

namespace acq {

template <typename T>
void complex_part(ComplexPart part, std::span<const T> re, std::span<const T> im,
                  double angle_scale, std::span<T> y) noexcept {
  const std::size_t count = re.size();
  switch (part) {
    case ComplexPart::kReal: std::copy(re.begin(), re.end(), y.begin()); break;
    case ComplexPart::kImaginary: std::copy(im.begin(), im.end(), y.begin()); break;
    case ComplexPart::kMagnitude:
      for (std::size_t i = 0; i < count; ++i) {
        if constexpr (sizeof(T) == sizeof(double)) {
          y[i] = std::hypot(re[i], im[i]);
        } else {  // squares of float32 cannot overflow float64
          const auto a = static_cast<double>(re[i]), b = static_cast<double>(im[i]);
          y[i] = static_cast<T>(std::sqrt(a * a + b * b));
        }
      }
      break;
    case ComplexPart::kPhase:
      for (std::size_t i = 0; i < count; ++i) {
        const double angle = std::atan2(static_cast<double>(im[i]), static_cast<double>(re[i]));
        y[i] = static_cast<T>(angle * angle_scale);
      }
      break;
  }
}

template <typename T>
void from_polar(std::span<const T> magnitude, std::span<const T> phase, double angle_scale,
                std::span<T> re, std::span<T> im) noexcept {
  for (std::size_t i = 0; i < magnitude.size(); ++i) {
    const auto size = static_cast<double>(magnitude[i]);
    const double angle = static_cast<double>(phase[i]) / angle_scale;
    re[i] = static_cast<T>(size * std::cos(angle));
    im[i] = static_cast<T>(size * std::sin(angle));
  }
}

template void complex_part(ComplexPart, std::span<const float>, std::span<const float>, double,
                           std::span<float>) noexcept;
template void complex_part(ComplexPart, std::span<const double>, std::span<const double>, double,
                           std::span<double>) noexcept;
template void from_polar(std::span<const float>, std::span<const float>, double, std::span<float>,
                         std::span<float>) noexcept;
template void from_polar(std::span<const double>, std::span<const double>, double,
                         std::span<double>, std::span<double>) noexcept;

double PhaseUnwrapper::next(double phase) noexcept {
  if (!std::isfinite(phase)) return phase;
  if (has_last_) {
    const double step = phase - last_;
    const double half = period_ / 2;
    double inside = step - period_ * std::floor((step + half) / period_);  // [-half, half)
    if (inside == -half && step > 0) inside = half;
    if (std::abs(step) >= half) turns_ += inside - step;
  }
  has_last_ = true;
  last_ = phase;
  return phase + turns_;
}

void unwrap(std::span<const double> x, double period, std::span<double> y) noexcept {
  PhaseUnwrapper unwrapper(period);
  std::transform(x.begin(), x.end(), y.begin(),
                 [&](double phase) { return unwrapper.next(phase); });
}

}  // namespace acq
