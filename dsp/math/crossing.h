// Where a record crosses a level, on the straight lines between its values.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "dsp/math/trace.h"
#include "dsp/math/trigger_rules.h"

namespace acq {

// A crossing is a change of side; values exactly at the level are on none, so that a touch is no
// crossing. It lies where the straight line from the last value of the old side meets the level.
// All positions are in samples, with fraction.

// The first crossing at or behind value `from`, and the first one before it going backwards.
std::optional<double> crossing_behind(std::span<const double> y, std::size_t from,
                                      double level) noexcept;
std::optional<double> crossing_before(std::span<const double> y, std::size_t from,
                                      double level) noexcept;

struct Crossings {
  std::size_t count = 0;
  double first = 0;  // positions; only with count > 0
  double last = 0;
};

Crossings crossings_of(std::span<const double> y, double level,
                       Slope slope = Slope::kEither) noexcept;

// The value on the straight line between two neighbours; nothing outside the record.
std::optional<double> value_at(const Trace& record, double x) noexcept;

}  // namespace acq
