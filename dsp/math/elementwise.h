// Loops over one plane, vectorised for the machine at hand. Real-time safe.
#pragma once

#include <cstddef>
#include <span>

namespace acq {

// x[i] = x[i] * gain + offset, rounded once where the machine has fused multiply-add.
void scale_and_offset(float* x, std::size_t count, float gain, float offset) noexcept;

// x[i] = c[0] + c[1] x[i] + c[2] x[i]^2 ..., computed in float64 by Horner's rule, then rounded.
// Without coefficients the result is 0.
void polynomial(float* x, std::size_t count, std::span<const double> c) noexcept;

}  // namespace acq
