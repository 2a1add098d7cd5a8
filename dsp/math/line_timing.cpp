#include "dsp/math/line_timing.h"

#include <algorithm>
#include <utility>

namespace acq {
namespace {

bool level_of(float x) noexcept {
  return x >= 0.5F;
}

// The first sample from `from` on with the other level, or `to`. Most blocks have none, and are read
// without a branch inside.
std::size_t find_change(const float* x, std::size_t from, std::size_t to, bool is_high) noexcept {
  constexpr std::size_t kBlock = 32;
  for (; from + kBlock <= to; from += kBlock) {
    int changes = 0;
    for (std::size_t k = 0; k < kBlock; ++k)
      changes |= static_cast<int>(level_of(x[from + k])) ^ static_cast<int>(is_high);
    if (changes != 0) break;
  }
  while (from < to && level_of(x[from]) == is_high) ++from;
  return from;
}

void widen(std::uint64_t width, TimingSums::Widths& widths) noexcept {
  widths.shortest = std::min(widths.shortest, width);
  widths.longest = std::max(widths.longest, width);
}

}  // namespace

void LineTiming::add(const float* x, std::size_t count, std::uint64_t first) noexcept {
  if (count == 0) return;
  if (!has_level_) is_high_ = level_of(x[0]);
  has_level_ = true;
  std::size_t at = find_change(x, 0, count, is_high_);
  while (at < count) {
    is_high_ = !is_high_;
    edge(first + at);
    at = find_change(x, at + 1, count, is_high_);
  }
}

void LineTiming::edge(std::uint64_t index) noexcept {
  ++sums_.edges;
  if (has_edge_) widen(index - edge_, is_high_ ? sums_.low : sums_.high);
  has_edge_ = true;
  edge_ = index;
  if (!is_high_) {
    fall_ = index;
    return;
  }
  if (has_rise_) {
    ++sums_.periods;
    sums_.period_samples += index - rise_;
    sums_.high_samples += fall_ - rise_;
  }
  has_rise_ = true;
  rise_ = index;
}

TimingSums LineTiming::take() noexcept {
  return std::exchange(sums_, {});
}

}  // namespace acq
