// Decibels of powers.
#pragma once

#include <cmath>
#include <limits>
#include <span>

namespace acq {

// Replaces each power by 10 log10 of it. Less than the smallest normal float32 reads as that:
// -379.3 dB, so that nothing has a level a plot can show. NaN stays.
inline void to_db(std::span<float> powers) noexcept {
  constexpr float kLeast = std::numeric_limits<float>::min();
  for (float& power : powers) power = 10 * std::log10(power < kLeast ? kLeast : power);
}

}  // namespace acq
