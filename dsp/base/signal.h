// Words for what flows between blocks and leaves in frames.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "dsp/base/time.h"

namespace acq {

inline constexpr std::size_t kMaxChannels = 64;  // one bit each in the over-range sets
inline constexpr std::size_t kMaxTriggers = 64;  // marks carried by one chunk or frame

// Values are those of the wire.
enum class Kind : std::uint8_t {
  kUnspecified,
  kWaveform,     // continuous: pieces join, each may have any number of samples
  kRecord,       // each piece is a whole cut-out with its own x axis
  kSpectrum,     // each piece is a whole spectrum
  kScalars,      // named results, no samples
  kEvent,        // payload: an Event message
  kDescription,  // payload: a StreamDescriptor message
  kStatus,       // payload: a Status message
  kIq,           // continuous like kWaveform; channels 2n and 2n + 1 are the real and the imaginary
                 // part of one complex signal
  kLogic,        // continuous like kWaveform, every value 0 or 1
};

inline constexpr Kind kLastKind = Kind::kLogic;

// Whether pieces join, each with any number of samples.
constexpr bool is_continuous(Kind kind) noexcept {
  return kind == Kind::kWaveform || kind == Kind::kIq || kind == Kind::kLogic;
}

enum class AxisRule : std::uint8_t { kLinear, kLog, kList };

// The x axis of a record or spectrum: x(i) = start + i * step (linear), start * step^i (log), or one
// of `values` for each value (list).
struct Axis {
  std::string name = "time";
  std::string unit = "s";
  AxisRule rule = AxisRule::kLinear;
  double start = 0;
  double step = 1;
  std::vector<double> values = {};
};

// Declares one named result, given per channel.
struct ResultSpec {
  std::string name;
  std::string unit;
};

struct TriggerMark {
  double position = 0;  // samples from the first sample, with fraction
  std::uint32_t channel = 0;
  bool is_rising = true;
  double level = 0;  // in the channel's unit
};

struct ScalarResult {
  double value = 0;
  double uncertainty = kUnknown;     // one sigma
  const char* invalid_because = "";  // a literal; empty: valid
};

}  // namespace acq
