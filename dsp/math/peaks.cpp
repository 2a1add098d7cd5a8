#include "dsp/math/peaks.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "dsp/base/result.h"
#include "dsp/math/extrema.h"

namespace acq {
namespace {

// find_maxima() and find_minima() write whole vectors.
constexpr std::size_t kRoom = 16;

constexpr std::size_t kDigitBits = 11;
constexpr std::size_t kDigits = std::size_t{1} << kDigitBits;
constexpr int kPasses = 3;

// A number that sorts like the float.
std::uint32_t sort_key(float height) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(height + 0.0F);  // -0 sorts like 0
  return (bits >> 31) != 0 ? ~bits : bits | 0x8000'0000U;
}

// Offset from the middle and rise above it of the parabola through (-1, a), (0, b), (1, c).
PeakTop parabola(double a, double b, double c) noexcept {
  const double bend = a - 2 * b + c;
  if (!(bend < 0)) return {0, b};
  const double offset = 0.5 * (a - c) / bend;
  return {offset, b - 0.25 * (a - c) * offset};
}

}  // namespace

// There is at most one maximum for two values.
PeakFinder::PeakFinder(std::size_t capacity)
    : first_(capacity / 2 + kRoom),
      last_(capacity / 2 + kRoom),
      minima_(capacity / 2 + kRoom),
      peaks_(capacity / 2 + 1),
      saddles_(capacity / 2 + 1),
      lowest_right_(capacity / 2 + 1),
      equal_right_(capacity / 2 + 1),
      keys_(capacity / 2 + 1),
      sorted_(capacity / 2 + 1),
      digits_(kPasses * kDigits),
      dropped_(capacity / 2 + 1),
      lows_(capacity) {}

template <typename Keep>
void PeakFinder::keep_if(Keep keep) noexcept {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    if (kept != i) peaks_[kept] = peaks_[i];
    kept += static_cast<std::size_t>(keep(i));
  }
  count_ = kept;
}

std::span<const Peak> PeakFinder::find(std::span<const float> x, const PeakRules& rules) noexcept {
  ACQ_CHECK(x.size() / 2 < peaks_.size());
  // Prominence is a matter of all maxima, so it is found before any is dropped.
  const bool needs_widths = rules.tells_shape || rules.width > 0;
  const bool needs_all = needs_widths || rules.prominence > 0;
  find_tops(x, rules, needs_all);
  if (rules.threshold > 0) {
    keep_if([&](std::size_t i) {
      const std::size_t at = peaks_[i].index;
      const double higher = std::max(x[at - 1], x[at + 1]);
      return static_cast<double>(x[at]) - higher >= rules.threshold;
    });
  }
  if (rules.distance > 1) drop_close(rules.distance);
  if (rules.prominence > 0) {
    keep_if([&](std::size_t i) { return peaks_[i].prominence >= rules.prominence; });
  }
  if (needs_widths) add_widths(x, rules.depth);
  if (rules.width > 0) {
    keep_if([&](std::size_t i) { return peaks_[i].right_at - peaks_[i].left_at >= rules.width; });
  }
  return {peaks_.data(), count_};
}

// The maxima that are high enough, with their prominences if all are needed.
void PeakFinder::find_tops(std::span<const float> x, const PeakRules& rules,
                           bool needs_all) noexcept {
  const auto least = static_cast<float>(rules.height);
  // The float32 next to a height may pass what the height itself does not.
  const bool is_exact = static_cast<double>(least) == rules.height;
  const float lowest = -std::numeric_limits<float>::infinity();
  count_ = find_maxima(x.data(), x.size(), needs_all || !is_exact ? lowest : least, first_.data(),
                       last_.data());
  for (std::size_t i = 0; i < count_; ++i) {
    const std::uint32_t index = first_[i] + (last_[i] - first_[i]) / 2;
    peaks_[i] = {index, first_[i], last_[i], x[index], 0, 0, 0};
  }
  if (needs_all) add_prominences(x);
  if (needs_all || !is_exact) {
    keep_if([&](std::size_t i) { return static_cast<double>(peaks_[i].height) >= rules.height; });
  }
}

// A stack holds the maxima that are still higher than all behind them. When a maximum as high or
// higher comes, it ends the saddle behind those it takes off the stack, and takes over what was the
// lowest before them. Every maximum goes on and off once.
void PeakFinder::add_prominences(std::span<const float> x) noexcept {
  const std::size_t minima = find_minima(x.data(), x.size(), minima_.data());
  std::size_t next_minimum = 0;
  std::size_t depth = 0;
  const auto lowest_until = [&](std::size_t end, float lowest) {
    while (next_minimum < minima && minima_[next_minimum] < end) {
      lowest = std::min(lowest, x[minima_[next_minimum++]]);
    }
    return lowest;
  };
  for (std::size_t n = 0; n < count_; ++n) {
    Peak& peak = peaks_[n];
    float lowest = lowest_until(peak.left, n == 0 ? x.front() : peak.height);
    equal_right_[n] = 0;
    while (depth > 0 && peaks_[saddles_[depth - 1].peak].height <= peak.height) {
      const Saddle ended = saddles_[--depth];
      lowest_right_[ended.peak] = lowest;
      if (peaks_[ended.peak].height == peak.height) {
        equal_right_[ended.peak] = static_cast<std::uint32_t>(n);
      }
      lowest = std::min(lowest, ended.lowest);
    }
    saddles_[depth++] = {static_cast<std::uint32_t>(n), lowest};
    peak.prominence = lowest;  // on its left; its right side is not known yet
  }
  float lowest = lowest_until(x.size(), x.empty() ? 0 : x.back());
  while (depth > 0) {
    const Saddle ended = saddles_[--depth];
    lowest_right_[ended.peak] = lowest;
    lowest = std::min(lowest, ended.lowest);
  }
  for (std::size_t n = count_; n-- > 0;) {
    if (equal_right_[n] != 0) {
      lowest_right_[n] = std::min(lowest_right_[n], lowest_right_[equal_right_[n]]);
    }
    Peak& peak = peaks_[n];
    peak.prominence = static_cast<double>(peak.height) -
                      std::max(peak.prominence, static_cast<double>(lowest_right_[n]));
  }
}

void PeakFinder::add_widths(std::span<const float> x, double depth) noexcept {
  lows_.read(x);
  // The prominence ends at a value that low on both sides, unless rounding puts the level below it.
  for (std::size_t n = 0; n < count_; ++n) {
    Peak& peak = peaks_[n];
    const double level = static_cast<double>(peak.height) - depth * peak.prominence;
    const auto part = [&](std::size_t low, std::size_t above) {
      const auto a = static_cast<double>(x[low]), b = static_cast<double>(x[above]);
      return a < level ? (level - a) / (b - a) : 0;
    };
    const std::size_t left = lows_.at_or_before(peak.index, level);
    const std::size_t right = lows_.at_or_after(peak.index, level);
    peak.left_at = left == LowFinder::kNone ? 0 : static_cast<double>(left) + part(left, left + 1);
    peak.right_at = right == LowFinder::kNone ? static_cast<double>(x.size() - 1)
                                              : static_cast<double>(right) - part(right, right - 1);
  }
}

// Radix sort, lowest digit first, which keeps the order of equal heights.
void PeakFinder::sort_by_height() noexcept {
  std::fill(digits_.begin(), digits_.end(), 0U);
  const auto digit = [](std::uint32_t key, int pass) {
    return (key >> (kDigitBits * static_cast<std::size_t>(pass))) & (kDigits - 1);
  };
  for (std::size_t i = 0; i < count_; ++i) {
    keys_[i] = {sort_key(peaks_[i].height), static_cast<std::uint32_t>(i)};
    for (int pass = 0; pass < kPasses; ++pass) {
      ++digits_[static_cast<std::size_t>(pass) * kDigits + digit(keys_[i].height, pass)];
    }
  }
  for (int pass = 0; pass < kPasses; ++pass) {
    std::uint32_t* places = digits_.data() + static_cast<std::size_t>(pass) * kDigits;
    std::uint32_t next = 0;
    for (std::size_t k = 0; k < kDigits; ++k) next += std::exchange(places[k], next);
    for (std::size_t i = 0; i < count_; ++i)
      sorted_[places[digit(keys_[i].height, pass)]++] = keys_[i];
    std::swap(keys_, sorted_);
  }
}

// From the highest down, each peak still there drops the lower ones around it.
void PeakFinder::drop_close(std::size_t distance) noexcept {
  sort_by_height();
  std::fill_n(dropped_.begin(), count_, std::uint8_t{0});
  for (std::size_t n = count_; n-- > 0;) {
    const std::size_t top = keys_[n].peak;
    if (dropped_[top] != 0) continue;
    const std::size_t at = peaks_[top].index;
    for (std::size_t k = top; k-- > 0 && at - peaks_[k].index < distance;) dropped_[k] = 1;
    for (std::size_t k = top + 1; k < count_ && peaks_[k].index - at < distance; ++k) {
      dropped_[k] = 1;
    }
  }
  keep_if([&](std::size_t i) { return dropped_[i] == 0; });
}

PeakTop parabola_top(std::span<const float> x, const Peak& peak) noexcept {
  if (peak.left != peak.right) {
    return {0.5 * (static_cast<double>(peak.left) + peak.right), peak.height};
  }
  const std::size_t i = peak.index;
  PeakTop top = parabola(x[i - 1], x[i], x[i + 1]);
  top.position += static_cast<double>(i);
  return top;
}

PeakTop gaussian_top(std::span<const float> x, const Peak& peak) noexcept {
  const std::size_t i = peak.index;
  if (peak.left != peak.right || !(x[i - 1] > 0 && x[i] > 0 && x[i + 1] > 0)) {
    return parabola_top(x, peak);
  }
  PeakTop top =
      parabola(std::log(static_cast<double>(x[i - 1])), std::log(static_cast<double>(x[i])),
               std::log(static_cast<double>(x[i + 1])));
  return {top.position + static_cast<double>(i), std::exp(top.height)};
}

}  // namespace acq
