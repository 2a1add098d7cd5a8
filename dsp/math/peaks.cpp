#include "dsp/math/peaks.h"

#include <algorithm>
#include <cmath>

#include "dsp/base/result.h"

namespace acq {
namespace {

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
    : peaks_(capacity / 2 + 1),
      saddles_(capacity / 2 + 1),
      order_(capacity / 2 + 1),
      dropped_(capacity / 2 + 1) {}

template <typename Keep>
void PeakFinder::keep_if(Keep keep) noexcept {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    if (keep(i)) peaks_[kept++] = peaks_[i];
  }
  count_ = kept;
}

std::span<const Peak> PeakFinder::find(std::span<const float> x, const PeakRules& rules) noexcept {
  ACQ_CHECK(x.size() / 2 < peaks_.size());
  find_maxima(x);
  // Prominence is a matter of all maxima, so it is found before any is dropped.
  if (rules.prominence > 0) find_prominences(x);
  keep_if([&](std::size_t i) { return static_cast<double>(peaks_[i].height) >= rules.height; });
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
  return {peaks_.data(), count_};
}

void PeakFinder::find_maxima(std::span<const float> x) noexcept {
  count_ = 0;
  for (std::size_t i = 1; i + 1 < x.size(); ++i) {
    if (!(x[i - 1] < x[i])) continue;
    std::size_t ahead = i + 1;
    while (ahead + 1 < x.size() && x[ahead] == x[i]) ++ahead;
    if (x[ahead] < x[i]) {
      const auto left = static_cast<std::uint32_t>(i);
      const auto right = static_cast<std::uint32_t>(ahead - 1);
      peaks_[count_++] = {left + (right - left) / 2, left, right, x[i], 0};
      i = ahead;
    }
  }
}

// The lowest value towards each side before the next higher maximum (or the border). Between two
// neighbouring maxima the values fall and rise once, so only their lowest counts, and a stack of
// the maxima that are still the highest seen finds all in one walk.
void PeakFinder::find_prominences(std::span<const float> x) noexcept {
  const auto walk = [&](auto lowest_before, auto at, auto use) {
    std::size_t depth = 0;
    for (std::size_t n = 0; n < count_; ++n) {
      Peak& peak = peaks_[at(n)];
      float lowest = lowest_before(n);
      while (depth > 0 && saddles_[depth - 1].height <= peak.height) {
        lowest = std::min(lowest, saddles_[--depth].lowest);
      }
      saddles_[depth++] = {peak.height, lowest};
      use(peak, static_cast<double>(lowest));
    }
  };
  const auto lowest_in = [&](std::size_t from, std::size_t to) {
    return *std::min_element(x.begin() + static_cast<std::ptrdiff_t>(from),
                             x.begin() + static_cast<std::ptrdiff_t>(to) + 1);
  };
  walk([&](std::size_t n) { return lowest_in(n == 0 ? 0 : peaks_[n - 1].right, peaks_[n].left); },
       [](std::size_t n) { return n; },
       [](Peak& peak, double lowest) { peak.prominence = lowest; });
  const std::size_t last = count_ - 1;
  walk(
      [&](std::size_t n) {
        return lowest_in(peaks_[last - n].right, n == 0 ? x.size() - 1 : peaks_[last - n + 1].left);
      },
      [last](std::size_t n) { return last - n; },
      [](Peak& peak, double lowest) {
        peak.prominence = static_cast<double>(peak.height) - std::max(peak.prominence, lowest);
      });
}

// From the highest down, each peak still there drops the lower ones around it.
void PeakFinder::drop_close(std::size_t distance) noexcept {
  for (std::size_t i = 0; i < count_; ++i) {
    order_[i] = static_cast<std::uint32_t>(i);
    dropped_[i] = 0;
  }
  std::sort(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(count_),
            [&](std::uint32_t a, std::uint32_t b) {
              const float ha = peaks_[a].height;
              const float hb = peaks_[b].height;
              return ha != hb ? ha > hb : a > b;
            });
  for (std::size_t n = 0; n < count_; ++n) {
    const std::size_t top = order_[n];
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
