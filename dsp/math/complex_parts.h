// Real, imaginary, magnitude and phase: from complex samples to real ones and back. Real-time safe.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>
#include <string_view>

namespace acq {

enum class ComplexPart : std::uint8_t { kReal, kImaginary, kMagnitude, kPhase };

// The words of a parameter "part", in the order of ComplexPart.
inline constexpr std::string_view kComplexPartNames[] = {"real", "imaginary", "magnitude", "phase"};

// Units of a parameter "angle_unit"; DataLab's choice for phases is deg.
inline constexpr std::string_view kAngleUnits[] = {"deg", "rad"};

// Of 1 rad, in the angle's unit.
constexpr double per_radian(std::string_view angle_unit) noexcept {
  return angle_unit == "deg" ? 180 / std::numbers::pi : 1;
}

// y[i] is the part of re[i] + i im[i]; phases in (-pi, pi] times `angle_scale`. All as long as `re`;
// `y` may be `re` or `im`. NaN in either gives NaN in magnitude and phase.
template <typename T>
void complex_part(ComplexPart part, std::span<const T> re, std::span<const T> im,
                  double angle_scale, std::span<T> y) noexcept;

// (re[i], im[i]) = magnitude[i] at the angle phase[i] / angle_scale radians. A negative magnitude
// turns by half a turn, as mathematics has it (DataLab sets it to 0). `re` may be `magnitude` and
// `im` may be `phase`.
template <typename T>
void from_polar(std::span<const T> magnitude, std::span<const T> phase, double angle_scale,
                std::span<T> re, std::span<T> im) noexcept;

// The phase step from each value of z to the next, in (-pi, pi] times `angle_scale`. y holds z.size() - 1
// values.
void phase_steps(std::span<const std::complex<double>> z, double angle_scale,
                 std::span<double> y) noexcept;

// Adds whole periods to a phase so that no step is larger than half a period, over any number of
// pieces. A value that is not finite stays what it is and is passed over. A step of exactly half a
// period keeps its sign.
// Source: Oppenheim and Schafer, Discrete-Time Signal Processing, 3rd ed., 13.6; numpy.unwrap.
class PhaseUnwrapper {
 public:
  explicit PhaseUnwrapper(double period = 2 * std::numbers::pi) noexcept : period_(period) {}
  [[nodiscard]] double next(double phase) noexcept;
  void reset() noexcept { *this = PhaseUnwrapper(period_); }

 private:
  double period_;
  double last_ = 0;   // as it came
  double turns_ = 0;  // added to it
  bool has_last_ = false;
};

// numpy.unwrap of a whole array; `y` may be `x`.
void unwrap(std::span<const double> x, double period, std::span<double> y) noexcept;

}  // namespace acq
