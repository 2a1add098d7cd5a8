// Linear-phase FIR filters whose largest weighted error is as small as it can be. float64.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "dsp/base/result.h"

namespace acq {

// A stretch of frequencies (fractions of the sample rate, 0 to 0.5) where the gain is to be `gain`.
struct EquirippleBand {
  double from = 0;
  double to = 0.5;
  double gain = 1;
  double weight = 1;  // of an error here against one elsewhere
};

inline constexpr std::size_t kMostEquirippleTaps = 2049;

// `tap_count` (3 to 2049) symmetric taps by the exchange algorithm of Parks and McClellan. Bands rise and
// do not touch. An even number of taps is 0 at half the rate.
// kInvalid: a count or bands out of range ("order", "cutoff"), or no solution that float64 finds, which
// happens to filters with far more taps than the bands need ("order").
// Source: Parks and McClellan, IEEE Trans. Circuit Theory 19 (1972) 189; McClellan, Parks, Rabiner, IEEE
// Trans. Audio and Electroacoustics 21 (1973) 506. As scipy.signal.remez, type "bandpass".
Result<std::vector<double>> design_equiripple(std::size_t tap_count,
                                              std::span<const EquirippleBand> bands);

}  // namespace acq
