// Levels, transitions and pulses of a record, in the terms of IEEE 181.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dsp/math/trace.h"

namespace acq {

enum class StateLevelRule : std::uint8_t {
  kMode,  // the middle of the fullest bin of each half of the histogram
  kMean,  // the mean of the values around it, within 5 % of the record's range, centred on that mean
};

struct PulseRules {
  StateLevelRule levels = StateLevelRule::kMean;
  double low_fraction = 0.1;  // reference levels, as parts of the amplitude
  double high_fraction = 0.9;
};

inline constexpr std::size_t kLevelBins = 128;

// The two states of a record. A sigma is that of a mean of independent values; unknown with kMode.
struct StateLevels {
  const char* invalid_because = "";
  double low = 0;
  double high = 0;
  double low_sigma = kUnknown;
  double high_sigma = kUnknown;
};

// Source: IEEE 181-2011, 5.2.1 (histogram). Invalid: fewer than 4 values, a constant record.
StateLevels state_levels(std::span<const double> y, StateLevelRule rule) noexcept;

// One passage from one state to the other: from beyond one reference level to beyond the other. The
// instants are x where the straight line between two values meets a reference level, those nearest to
// the middle one.
struct Transition {
  bool is_rising = true;
  double low = 0;  // x at the low, middle and high reference level
  double middle = 0;
  double high = 0;
  std::size_t done = 0;  // the first value beyond the last of the levels
  [[nodiscard]] double duration() const noexcept { return std::abs(high - low); }
};

struct PulseParameters {
  const char* invalid_because = "";  // then nothing else means anything
  StateLevels levels;
  Transition first;
  const char* no_pulse_because = "";  // then `second` and what needs it mean nothing
  Transition second;
  double foot = 0;  // x where the line through the first transition's low and high meets the base
  double overshoot = 0;  // part of the amplitude by which the record goes beyond the top behind the
                         // first transition, and before the second
  double preshoot = 0;   // part by which it goes to the other side of the base before the first
  std::size_t transitions = 0;
  [[nodiscard]] double amplitude() const noexcept { return levels.high - levels.low; }
  [[nodiscard]] double base() const noexcept { return first.is_rising ? levels.low : levels.high; }
  [[nodiscard]] double top() const noexcept { return first.is_rising ? levels.high : levels.low; }
  [[nodiscard]] double width() const noexcept { return second.middle - first.middle; }
};

// The first pulse of the record. Invalid: as state_levels(), and without a whole transition.
// Source: IEEE 181-2011, 5.3 (transitions), 5.4 (pulses), 5.6 (aberrations).
PulseParameters pulse_of(const Trace& record, const PulseRules& rules) noexcept;

}  // namespace acq
