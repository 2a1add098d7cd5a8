#include "dsp/math/counter.h"

#include <algorithm>
#include <cmath>

namespace acq {
namespace {

// Sums over the edges for the straight line through (number, position), about the first position.
struct EdgeLine {
  double n = 0, k = 0, kk = 0, t = 0, kt = 0, tt = 0;
  double first = 0;

  void add(double position) noexcept {
    if (n == 0) first = position;
    const double number = n;
    const double time = position - first;
    n += 1;
    k += number;
    kk += number * number;
    t += time;
    kt += number * time;
    tt += time * time;
  }
};

// Finds edges with hysteresis; the mirror image finds falling ones.
struct Armed {
  bool is_armed = false;
  bool step(double y, double level, double arm) noexcept {
    if (is_armed && y >= level) {
      is_armed = false;
      return true;
    }
    if (y < arm) is_armed = true;
    return false;
  }
};

double meet(std::span<const double> y, std::size_t i, double level) noexcept {
  const double part = (level - y[i - 1]) / (y[i] - y[i - 1]);
  return static_cast<double>(i) - 1 + (std::isfinite(part) ? std::clamp(part, 0.0, 1.0) : 1);
}

void evaluate(const EdgeLine& line, const Trace& record, Counted& counted) noexcept {
  const double spread = line.kk - line.k * line.k / line.n;
  const double slope = (line.kt - line.k * line.t / line.n) / spread;
  const double at_zero = (line.t - slope * line.k) / line.n;
  counted.period = slope * record.step;
  counted.first_edge = record.x(line.first + at_zero);
  if (line.n < 3) return;
  const double residuals = line.tt - line.t * line.t / line.n - slope * slope * spread;
  // Sums of squares of the times cancel down to their rounding.
  const double variance = std::max(residuals, 0.0) / (line.n - 2);
  counted.period_sigma = std::sqrt(variance / spread) * record.step;
  counted.first_edge_sigma = std::sqrt(variance * line.kk / (line.n * spread)) * record.step;
}

}  // namespace

Counted count_edges(const Trace& record, const CounterRules& rules) noexcept {
  Counted counted;
  const std::span<const double> y = record.y;
  const auto [low, high] = std::minmax_element(y.begin(), y.end());
  if (y.empty() || *low == *high) {
    counted.invalid_because = "the record is constant";
    return counted;
  }
  const double level = rules.level.value_or(0.5 * (*low + *high));
  Armed rising, falling;
  EdgeLine line;
  double last_rise = 0, above = 0, high_time = 0, whole = 0;
  bool has_rise = false, has_fall = false;
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (rising.step(y[i], level, level - rules.hysteresis)) {
      const double at = meet(y, i, level);
      if (has_rise && has_fall) {
        high_time += above;
        whole += at - last_rise;
      }
      line.add(at);
      last_rise = at;
      has_rise = true;
      has_fall = false;
    }
    if (falling.step(-y[i], -level, -level - rules.hysteresis) && has_rise && !has_fall) {
      above = meet(y, i, level) - last_rise;
      has_fall = true;
    }
  }
  counted.edges = static_cast<std::size_t>(line.n);
  if (counted.edges < 2) {
    counted.invalid_because = "the record holds less than one period";
    return counted;
  }
  evaluate(line, record, counted);
  counted.duty = whole > 0 ? high_time / whole : kUnknown;
  return counted;
}

}  // namespace acq
