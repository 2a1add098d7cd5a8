#include "dsp/math/width.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "dsp/math/crossing.h"
#include "dsp/math/record_kernels.h"

namespace acq {
namespace {

std::size_t twentieth(std::span<const double> y) noexcept {
  return static_cast<std::size_t>(0.05 * static_cast<double>(y.size() - 1) + 1e-9) + 1;
}

double mean(std::span<const double> y) noexcept {
  return std::accumulate(y.begin(), y.end(), 0.0) / static_cast<double>(y.size());
}

PeakWidth no_width(const char* reason) noexcept {
  PeakWidth none;
  none.invalid_because = reason;
  return none;
}

const char* problem_with(const Trace& record, const Range& range) noexcept {
  if (record.size() < 3) return "the record is shorter than 3 values";
  if (!(range.min <= range.max)) return "the record holds no numbers";
  return range.min == range.max ? "the record is constant" : nullptr;
}

PeakWidth between(const Trace& record, const std::optional<double>& left,
                  const std::optional<double>& right, double height) noexcept {
  if (!left) return no_width("the record does not come down to the level on the left");
  if (!right) return no_width("the record does not come down to the level on the right");
  return {"", record.x(*left), record.x(*right), height};
}

// The mean of the longest run of values of at least 90 % of the largest, between the ends.
double plateau(std::span<const double> y, double polarity) noexcept {
  const std::size_t ends = twentieth(y);
  std::span<const double> inner = y.size() > 2 * ends ? y.subspan(ends, y.size() - 2 * ends) : y;
  const double top = *std::max_element(y.begin(), y.end());
  const auto raised = [&](double v) { return polarity > 0 ? v : top - v; };
  double largest = raised(inner[0]);
  for (const double v : inner) largest = std::max(largest, raised(v));
  std::size_t best = 0, best_length = 0, run = 0;
  for (std::size_t i = 0; i < inner.size(); ++i) {
    run = raised(inner[i]) >= 0.9 * largest ? run + 1 : 0;
    if (run > best_length) {
      best_length = run;
      best = i + 1 - run;
    }
  }
  return best_length == 0 ? inner[0] : mean(inner.subspan(best, best_length));
}

// Sigima's rule for a pulse: the baselines against the middle, or the farther extreme.
double datalab_polarity(std::span<const double> y) noexcept {
  const double base = 0.5 * (start_level(y) + end_level(y));
  const auto [low, high] = std::minmax_element(y.begin(), y.end());
  return *high - base > base - *low ? 1 : -1;
}

struct Levels {
  double polarity = 1;
  double amplitude = 0;
};

Levels datalab_levels(std::span<const double> y) noexcept {
  const auto [low, high] = std::minmax_element(y.begin(), y.end());
  if (std::abs(y.back() - y.front()) > 0.5 * (*high - *low)) {
    const double step = end_level(y) - start_level(y);
    return {step < 0 ? -1.0 : 1.0, std::abs(step)};
  }
  const double polarity = datalab_polarity(y);
  return {polarity, std::abs(plateau(y, polarity) - start_level(y))};
}

}  // namespace

double start_level(std::span<const double> y) noexcept {
  return mean(y.first(twentieth(y)));
}
double end_level(std::span<const double> y) noexcept {
  return mean(y.last(twentieth(y)));
}

PeakWidth width_of(const Trace& record, const WidthRules& rules) noexcept {
  const std::span<const double> y = record.y;
  const Range range = range_of(y);
  if (const char* problem = problem_with(record, range)) return no_width(problem);
  const double base = rules.base.value_or(start_level(y));
  const double above = std::abs(range.max - base), below = std::abs(range.min - base);
  const auto top = std::find_if(y.begin(), y.end(), [&](double v) {
    return rules.level ? v == range.max
                       : (v == range.max && above >= below) || (v == range.min && below >= above);
  });
  if (top == y.end()) return no_width("the start of the record holds no numbers");
  const double height = *top - base;
  const double level = rules.level.value_or(base + rules.fraction * height);
  const auto at = static_cast<std::size_t>(top - y.begin());
  if (rules.level && *top <= level) return no_width("the record does not reach the level");
  return between(record, crossing_before(y, at, level), crossing_behind(y, at, level), height);
}

PeakWidth datalab_width_of(const Trace& record, const WidthRules& rules) noexcept {
  const std::span<const double> y = record.y;
  if (const char* problem = problem_with(record, range_of(y))) return no_width(problem);
  const Levels levels = datalab_levels(y);
  if (!(levels.amplitude > 0)) return no_width("the record has no amplitude");
  const double base = start_level(y);
  const double polarity = rules.level ? 1 : levels.polarity;
  const double level = rules.level.value_or(base + rules.fraction * polarity * levels.amplitude);
  const auto top = std::max_element(
      y.begin(), y.end(), [&](double a, double b) { return polarity * a < polarity * b; });
  const auto at = static_cast<std::size_t>(top - y.begin());
  const Crossings left = crossings_of(y.first(at + 1), level);
  const Crossings right = crossings_of(y.subspan(at), level);
  const auto first = left.count > 0 ? std::optional(left.first) : std::nullopt;
  const auto last =
      right.count > 0 ? std::optional(right.last + static_cast<double>(at)) : std::nullopt;
  return between(record, first, last, polarity * levels.amplitude);
}

}  // namespace acq
