// Elementary functions of every sample, vectorised for the machine at hand. Real-time safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace acq {

enum class Function : std::uint8_t { kAbs, kSqrt, kLog10, kExp, kInverse, kPower };

// The words of a parameter "op", in the order of Function.
inline constexpr std::string_view kFunctionNames[] = {"abs", "sqrt",    "log10",
                                                      "exp", "inverse", "power"};

// y[i] = f(x[i]), and x[i] to the power of `exponent` for kPower. As IEEE 754 and C say: the root
// and the logarithm of a negative number are NaN, log10(0) is -infinity, 1/0 infinite; NaN gives NaN.
// Error: 3 ulp. `y` is as long as `x` and may be the same.
// Source: definitions of ISO C 7.12; DataLab's inverse gives NaN where this one is infinite.
void apply_function(Function f, double exponent, std::span<const double> x,
                    std::span<double> y) noexcept;
// The same in place on float32: computed in float64, rounded once.
void apply_function(Function f, double exponent, float* x, std::size_t count) noexcept;

// x[i] limited to [lower, upper], lower <= upper, each of which may be infinite. NaN stays.
void clip(std::span<const double> x, double lower, double upper, std::span<double> y) noexcept;
void clip(float* x, std::size_t count, float lower, float upper) noexcept;

}  // namespace acq
