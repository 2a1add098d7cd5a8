// Decibels of powers.
#pragma once

#include <span>

namespace acq {

// Replaces each power by 10 log10 of it, error 3 ulp. Less than the smallest normal float32 reads as that:
// -379.3 dB, so that nothing has a level a plot can show. NaN stays. Vectorised for the machine at hand.
// Real-time safe.
void to_db(std::span<float> powers) noexcept;

}  // namespace acq
