// A complex oscillator whose phase follows from the sample index alone: no drift, no state.
#pragma once

#include <array>
#include <cmath>
#include <complex>
#include <cstdint>
#include <numbers>

namespace acq {

// exp(-2 pi i f n) for any sample index n, f a fraction of the sample rate (-0.5 to 0.5, rounded to
// 2^-63). The phase is exact for every index; the values are within 3e-16.
// Real-time safe.
class Oscillator {
 public:
  Oscillator() : Oscillator(0) {}
  explicit Oscillator(double frequency) noexcept {
    // 2^64 turns of phase are a turn of an unsigned integer.
    const double part = frequency - std::floor(frequency);
    step_ = static_cast<std::uint64_t>(std::ldexp(part, 63)) * 2;
    for (std::size_t k = 0; k < kSteps; ++k) fine_[k] = at_phase(step_ * k);
  }

  // The value at an index is coarse(index) * fine(index); coarse() is the same for kSteps in a row.
  static constexpr std::size_t kSteps = 64;
  [[nodiscard]] std::complex<double> coarse(std::uint64_t index) const noexcept {
    return at_phase(step_ * (index & ~std::uint64_t{kSteps - 1}));
  }
  [[nodiscard]] std::complex<double> fine(std::uint64_t index) const noexcept {
    return fine_[index % kSteps];
  }

 private:
  static std::complex<double> at_phase(std::uint64_t phase) noexcept {
    const double turns = std::ldexp(static_cast<double>(phase), -64);
    return std::polar(1.0, -2 * std::numbers::pi * turns);
  }

  std::uint64_t step_ = 0;
  std::array<std::complex<double>, kSteps> fine_;
};

}  // namespace acq
