// Loops over one plane, vectorised for the machine at hand. Real-time safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace acq {

// x[i] = x[i] * gain + offset, rounded once where the machine has fused multiply-add.
void scale_and_offset(float* x, std::size_t count, float gain, float offset) noexcept;

// One operation on a sample: x * gain + offset, rounded once where the machine has fused
// multiply-add; or, with `call`, whatever else makes a new value of the old one alone.
struct PointOp {
  float gain = 1;
  float offset = 0;
  void (*call)(const void* what, float* x, std::size_t count) noexcept = nullptr;
  const void* what = nullptr;  // for `call`; outlives the operation
  float cost = 1;              // time for a sample; that of a multiply-add is 1
};

// to[i] = all operations on from[i], in order: bit by bit what a pass for each of them gives, but
// in one pass. `from` and `to` are the same or do not overlap.
void apply(std::span<const PointOp> ops, const float* from, float* to, std::size_t count) noexcept;

// x[i] = c[0] + c[1] x[i] + c[2] x[i]^2 ..., computed in float64 by Horner's rule, then rounded.
// Without coefficients the result is 0.
void polynomial(float* x, std::size_t count, std::span<const double> c) noexcept;

enum class Combine : std::uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kAbsDifference,
  kRatioDb,  // 20 log10 |a / b|; error up to 4 ulp, and that of the rounded ratio
  kMinimum,
  kMaximum,
};

// y[i] = a[i] op b[i]; `y` may be either. As IEEE 754 says: x / 0 is infinite, 0 / 0 NaN; NaN in a or b gives NaN, in
// minimum and maximum too.
void combine(Combine op, const float* a, const float* b, float* y, std::size_t count) noexcept;

}  // namespace acq
