// One record as the functions that measure see it: float64 values on an even x axis.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include "dsp/base/signal.h"
#include "dsp/base/time.h"

namespace acq {

// y[i] at x = start + i * step. A view; step is positive.
struct Trace {
  std::span<const double> y;
  double start = 0;
  double step = 1;

  [[nodiscard]] std::size_t size() const noexcept { return y.size(); }
  [[nodiscard]] double x(double position) const noexcept { return start + position * step; }
  // In samples, with fraction; may lie outside the record.
  [[nodiscard]] double position(double at_x) const noexcept { return (at_x - start) / step; }
};

// A result that is a number; not finite, it is invalid because of an overflow.
inline ScalarResult measured(double value, double uncertainty = kUnknown) noexcept {
  if (!std::isfinite(value)) return {kUnknown, kUnknown, "the result is not finite"};
  return {value, std::isfinite(uncertainty) ? uncertainty : kUnknown, ""};
}

// A result that is none; `reason` is a literal.
inline ScalarResult not_measured(const char* reason) noexcept {
  return {kUnknown, kUnknown, reason};
}

inline void not_measured(std::span<ScalarResult> results, const char* reason) noexcept {
  std::fill(results.begin(), results.end(), not_measured(reason));
}

}  // namespace acq
