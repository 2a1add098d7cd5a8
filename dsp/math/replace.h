// Replaces samples that are NaN or infinite. Real-time safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace acq {

enum class Replaced : std::uint8_t { kAll, kNan, kInfinite };
enum class Replacement : std::uint8_t { kConstant, kHold, kLinear };

inline constexpr std::string_view kReplacedNames[] = {"all", "nan", "infinite"};

// Whether `x` is one of those to be replaced.
bool is_replaced(Replaced what, double x) noexcept;

// y[i] = x[i], except that the samples named by `what` become
//   kConstant  `constant`
//   kHold      the last sample that was kept; `constant` where there is none before
//   kLinear    on the straight line between the kept neighbours; the nearest one at the ends;
//              `constant` where there is none at all
// `y` may be `x`. Returns how many were replaced.
// Source: own derivation; constant, forward fill and linear interpolation of DataLab's "replace
// special values".
std::size_t replace_non_finite(std::span<const double> x, Replaced what, Replacement by,
                               double constant, std::span<double> y) noexcept;
std::size_t replace_non_finite(std::span<const float> x, Replaced what, Replacement by,
                               double constant, std::span<float> y) noexcept;

}  // namespace acq
