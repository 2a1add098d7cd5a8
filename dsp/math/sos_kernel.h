// The inner loop of a cascade of second-order sections. Real-time safe.
#pragma once

#include <cstddef>

namespace acq {

inline constexpr std::size_t kSosPadding = 8;  // sections come in a multiple of so many
inline constexpr std::size_t kSosAtOnce = 2;   // most channels filtered together
inline constexpr std::size_t kSosDelays = 4;   // values of state for each section

// Filters `channels` (1 to kSosAtOnce) signals of `count` finite float64 values in place, the next
// one `stride` values behind the last. `coefficients` holds b0, b1, b2, a1, a2, each of `padded`
// sections, of which `sections` do something; `state` holds, for each channel, the last input of all
// `padded` sections, the input before, the last output and the one before.
void sos_run(const double* coefficients, std::size_t sections, std::size_t padded, double* state,
             double* samples, std::size_t stride, std::size_t channels, std::size_t count) noexcept;

// out[i] = in[i]; returns whether all are finite.
bool widen(const float* in, std::size_t count, double* out) noexcept;
// out[i] = in[i], rounded.
void narrow(const double* in, std::size_t count, float* out) noexcept;

}  // namespace acq
