#include "dsp/math/pulse.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>

#include "dsp/math/crossing.h"

namespace acq {
namespace {

using Counts = std::array<std::size_t, kLevelBins>;

// Values between two limits, in one pass with the mean shifted to one of them.
struct Part {
  double count = 0, mean = 0, squares = 0;
  void add(double v) noexcept {
    count += 1;
    const double d = v - mean;
    mean += d / count;
    squares += d * (v - mean);
  }
  [[nodiscard]] double variance() const noexcept { return squares / (count - 1); }
};

// One sigma of the mean of the normal values within `reach` of it. A mean that moves takes its reach
// along, which finds more values on that side: it moves 1 / (1 - pull) times as far as the values
// do, where pull = 2 k phi(k) / P(|x| < k) for a reach of k standard deviations. Of these 1 - pull of
// the variance is within the reach.
// Source: P. J. Huber, Robust Statistics, 1981, 3.2 (variance of M-estimates, "skipped" mean).
double sigma_of_mean(const Part& part, double reach) noexcept {
  if (part.count < 2) return kUnknown;
  const double found = part.variance() / (reach * reach);
  const auto pull_at = [](double k) {
    return 2 * k * std::exp(-0.5 * k * k) / std::sqrt(2 * std::numbers::pi) /
           std::erf(k / std::numbers::sqrt2);
  };
  double least = 1, most = 40;  // the variance found falls with k
  if (found > (1 - pull_at(least)) / (least * least)) return kUnknown;  // no state: nearly uniform
  for (int i = 0; i < 40; ++i) {
    const double k = 0.5 * (least + most);
    ((1 - pull_at(k)) / (k * k) > found ? least : most) = k;
  }
  return std::sqrt(part.variance() / part.count) / (1 - pull_at(least));
}

// The mean of the values within `reach` of itself, looked for from `centre` on.
Part mean_around(std::span<const double> y, double centre, double reach) noexcept {
  constexpr int kPasses = 4;
  Part part;
  for (int pass = 0; pass < kPasses; ++pass) {
    part = {};
    for (const double v : y) {
      if (std::abs(v - centre) <= reach) part.add(v);
    }
    if (part.count == 0 || part.mean == centre) break;
    centre = part.mean;
  }
  return part;
}

std::size_t fullest(const Counts& counts, std::size_t from, std::size_t to) noexcept {
  // Of equally full bins the one farthest from the middle: the states are at the ends.
  std::size_t best = from < kLevelBins / 2 ? from : to - 1;
  for (std::size_t i = from; i < to; ++i) {
    const std::size_t k = from < kLevelBins / 2 ? i : from + to - 1 - i;
    if (counts[k] > counts[best]) best = k;
  }
  return best;
}

// Follows a record from state to state and keeps the transitions between.
class Walk {
 public:
  Walk(const Trace& record, const PulseRules& rules, const StateLevels& levels) noexcept
      : record_(record),
        low_(levels.low + rules.low_fraction * (levels.high - levels.low)),
        middle_(0.5 * (levels.low + levels.high)),
        high_(levels.low + rules.high_fraction * (levels.high - levels.low)) {}

  // The next transition at or behind value `from`, which is in a state or on its way to one.
  std::optional<Transition> next(std::size_t from) const noexcept {
    int state = 0;
    for (std::size_t i = from; i < record_.size(); ++i) {
      const double v = record_.y[i];
      const int now = v >= high_ ? 1 : v <= low_ ? -1 : 0;
      if (now == 0) continue;
      if (state != 0 && now != state) return transition(i, now > 0);
      state = now;
    }
    return std::nullopt;
  }

 private:
  // Ended at value `done`, which is the first beyond the last level.
  [[nodiscard]] std::optional<Transition> transition(std::size_t done,
                                                     bool is_rising) const noexcept {
    const std::span<const double> y = record_.y;
    const double end_level = is_rising ? high_ : low_;
    const double start_level = is_rising ? low_ : high_;
    const auto end = at_or_before(y, done, end_level);
    const auto middle = crossing_before(y, done, middle_);
    if (!end || !middle) return std::nullopt;
    const auto start =
        at_or_before(y, static_cast<std::size_t>(std::floor(*middle)) + 1, start_level);
    if (!start) return std::nullopt;
    Transition t;
    t.is_rising = is_rising;
    t.low = record_.x(is_rising ? *start : *end);
    t.middle = record_.x(*middle);
    t.high = record_.x(is_rising ? *end : *start);
    t.done = done;
    return t;
  }

  // Where the record last met the level on its way to value `from`: exactly at a value, or between two.
  static std::optional<double> at_or_before(std::span<const double> y, std::size_t from,
                                            double level) noexcept {
    for (std::size_t i = from; i > 0; --i) {
      const double a = y[i - 1] - level, b = y[i] - level;
      if (b == 0) return static_cast<double>(i);
      if ((a < 0) != (b < 0) || a == 0) return static_cast<double>(i - 1) + a / (a - b);
    }
    return std::nullopt;
  }

  Trace record_;
  double low_, middle_, high_;
};

void measure_aberrations(const Trace& record, std::size_t end, PulseParameters& p) noexcept {
  const double sign = p.first.is_rising ? 1 : -1;
  const double amplitude = p.amplitude();
  const double edge = p.first.is_rising ? p.first.low : p.first.high;
  const auto before =
      static_cast<std::size_t>(std::max(0.0, std::floor(record.position(edge)))) + 1;
  double beyond = 0, under = 0;
  for (std::size_t i = 0; i < std::min(before, record.size()); ++i) {
    under = std::max(under, sign * (p.base() - record.y[i]));
  }
  for (std::size_t i = p.first.done; i < end; ++i) {
    beyond = std::max(beyond, sign * (record.y[i] - p.top()));
  }
  p.overshoot = beyond / amplitude;
  p.preshoot = under / amplitude;
}

}  // namespace

StateLevels state_levels(std::span<const double> y, StateLevelRule rule) noexcept {
  StateLevels levels;
  if (y.size() < 4) {
    levels.invalid_because = "the record is shorter than 4 values";
    return levels;
  }
  const auto [lowest, highest] = std::minmax_element(y.begin(), y.end());
  const double from = *lowest;
  const double bin = (*highest - from) / static_cast<double>(kLevelBins);
  if (!(bin > 0)) {
    levels.invalid_because = "the record is constant";
    return levels;
  }
  const auto bin_of = [&](double v) {
    return std::min(kLevelBins - 1, static_cast<std::size_t>((v - from) / bin));
  };
  Counts counts{};
  for (const double v : y) ++counts[bin_of(v)];
  const std::size_t low = fullest(counts, 0, kLevelBins / 2);
  const std::size_t high = fullest(counts, kLevelBins / 2, kLevelBins);
  if (rule == StateLevelRule::kMode) {
    levels.low = from + (static_cast<double>(low) + 0.5) * bin;
    levels.high = from + (static_cast<double>(high) + 0.5) * bin;
    return levels;
  }
  const double reach = 0.05 * (*highest - from);
  const Part at_low = mean_around(y, from + (static_cast<double>(low) + 0.5) * bin, reach);
  const Part at_high = mean_around(y, from + (static_cast<double>(high) + 0.5) * bin, reach);
  levels.low = at_low.mean;
  levels.high = at_high.mean;
  levels.low_sigma = sigma_of_mean(at_low, reach);
  levels.high_sigma = sigma_of_mean(at_high, reach);
  return levels;
}

PulseParameters pulse_of(const Trace& record, const PulseRules& rules) noexcept {
  PulseParameters p;
  p.levels = state_levels(record.y, rules.levels);
  if (*p.levels.invalid_because != '\0') {
    p.invalid_because = p.levels.invalid_because;
    return p;
  }
  const Walk walk(record, rules, p.levels);
  const auto first = walk.next(0);
  if (!first) {
    p.invalid_because = "there is no whole transition";
    return p;
  }
  p.first = *first;
  p.transitions = 1;
  std::size_t end = record.size();
  if (const auto second = walk.next(first->done)) {
    p.second = *second;
    const double start = second->is_rising ? second->low : second->high;
    end = std::min(end, static_cast<std::size_t>(std::max(0.0, record.position(start))) + 1);
    for (auto more = second; more; more = walk.next(more->done)) ++p.transitions;
  } else {
    p.no_pulse_because = "there is no second transition";
  }
  // From the two reference instants down (or up) to the base.
  const double start = p.first.is_rising ? p.first.low : p.first.high;
  const double stop = p.first.is_rising ? p.first.high : p.first.low;
  const double part = p.first.is_rising ? rules.low_fraction : 1 - rules.high_fraction;
  p.foot = start - (stop - start) * part / (rules.high_fraction - rules.low_fraction);
  measure_aberrations(record, end, p);
  return p;
}

}  // namespace acq
