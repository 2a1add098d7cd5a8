// Decibels of powers.
#pragma once

#include <limits>
#include <span>

#include "dsp/math/function.h"

namespace acq {

// Replaces each power by 10 log10 of it. Less than the smallest normal float32 reads as that:
// -379.3 dB, so that nothing has a level a plot can show. NaN stays.
inline void to_db(std::span<float> powers) noexcept {
  constexpr float kLeast = std::numeric_limits<float>::min();
  for (float& power : powers) power = power < kLeast ? kLeast : power;
  apply_function(Function::kLog10, 0, powers.data(), powers.size());
  for (float& power : powers) power *= 10;
}

}  // namespace acq
