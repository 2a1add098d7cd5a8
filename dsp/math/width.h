// Width of the one peak of a record, from where it crosses a level.
#pragma once

#include <optional>

#include "dsp/math/trace.h"

namespace acq {

struct WidthRules {
  double fraction = 0.5;        // of the height above the base
  std::optional<double> level;  // instead of a fraction: the level itself
  std::optional<double> base;   // mean of the first twentieth of the record when not given
};

struct PeakWidth {
  const char* invalid_because = "";
  double left = 0;  // x of the crossings
  double right = 0;
  double height = 0;  // of the top above the base, negative for a dip
};

// Between the crossings nearest to the value farthest from the base (to the maximum, with `level`).
// Invalid: fewer than 3 values, a constant record, a side that does not come down to the level within
// the record.
PeakWidth width_of(const Trace& record, const WidthRules& rules) noexcept;

// As Sigima 1.2 computes it: the height is that of the plateau, the mean of the longest run of values
// of at least 90 % of the maximum (so a Gaussian reads 2.8 % wide), and the outermost crossings count.
PeakWidth datalab_width_of(const Trace& record, const WidthRules& rules) noexcept;

// Mean of the first and of the last twentieth of the x axis, ends included.
double start_level(std::span<const double> y) noexcept;
double end_level(std::span<const double> y) noexcept;

}  // namespace acq
