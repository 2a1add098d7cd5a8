// Derivative, integral and trend of sampled signals, float64. Real-time safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace acq {

// y[i] = dx/dt at sample i: second-order central differences, first-order at the ends, as
// numpy.gradient (edge_order 1) and DataLab. One sample gives 0. `y` does not overlap `x`.
void derivative(std::span<const double> x, double step, std::span<double> y) noexcept;
// The same on a rising axis `t` of any spacing, as long as `x`.
// Source: Fornberg, Mathematics of Computation 51 (1988) 699, for unequal steps.
void derivative(std::span<const double> x, std::span<const double> t, std::span<double> y) noexcept;

// y[i] = integral from the first sample to sample i by the trapezoidal rule; y[0] = 0. As
// scipy.integrate.cumulative_trapezoid with initial = 0 and DataLab. `y` may be `x`.
void integral(std::span<const double> x, double step, std::span<double> y) noexcept;
void integral(std::span<const double> x, std::span<const double> t, std::span<double> y) noexcept;

enum class Trend : std::uint8_t { kConstant, kLinear };
inline constexpr std::string_view kTrendNames[] = {"constant", "linear"};

// y = x less its mean, or less the straight line fitted to it by least squares over equal steps, as
// scipy.signal.detrend. `y` may be `x`.
void detrend(Trend trend, std::span<const double> x, std::span<double> y) noexcept;

// y = x less the mean of x[from, to), from < to <= size. `y` may be `x`.
void correct_offset(std::span<const double> x, std::size_t from, std::size_t to,
                    std::span<double> y) noexcept;

// How x is scaled by normalize().
enum class Norm : std::uint8_t { kMaximum, kAmplitude, kArea, kEnergy, kRms };
inline constexpr std::string_view kNormNames[] = {"maximum", "amplitude", "area", "energy", "rms"};

// y = x / max; (x - min) / (max - min); x / integral (trapezoids of `step`; DataLab divides by the
// sum of the samples instead: `step` 0 gives that); x / sqrt(sum x^2); x / sqrt(mean x^2). A divisor
// of 0 gives NaN. `y` may be `x`.
void normalize(Norm norm, std::span<const double> x, double step, std::span<double> y) noexcept;

}  // namespace acq
