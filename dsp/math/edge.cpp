#include "dsp/math/edge.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace acq {

namespace {
constexpr float kInf = std::numeric_limits<float>::infinity();
}

EdgeDetector::EdgeDetector(double level, double hysteresis, Slope slope) noexcept
    : level_(static_cast<float>(level)),
      low_(static_cast<float>(level - hysteresis)),
      high_(static_cast<float>(level + hysteresis)),
      wants_rising_(slope != Slope::kFalling),
      wants_falling_(slope != Slope::kRising) {}

bool EdgeDetector::step(float x) noexcept {
  bool is_edge = false;
  if (wants_rising_) {
    if (rising_armed_ && x >= level_) {
      rising_armed_ = false;
      fell_ = false;
      is_edge = true;
    } else if (x < low_) {
      rising_armed_ = true;
    }
  }
  if (wants_falling_) {
    if (falling_armed_ && x <= level_) {
      falling_armed_ = false;
      fell_ = true;
      is_edge = true;
    } else if (x > high_) {
      falling_armed_ = true;
    }
  }
  return is_edge;
}

// Most samples change nothing: those not below `under` and not at or above `over`. Reading them in
// blocks without a branch inside runs at the speed of memory.
std::size_t EdgeDetector::skip_quiet(const float* x, std::size_t from,
                                     std::size_t to) const noexcept {
  constexpr std::size_t kBlock = 32;
  float under = -kInf;
  float over = kInf;
  if (wants_rising_) {
    if (rising_armed_) {
      over = level_;
    } else {
      under = low_;
    }
  }
  if (wants_falling_) {
    if (falling_armed_) {
      under = std::max(under, std::nextafter(level_, kInf));
    } else {
      over = std::min(over, std::nextafter(high_, kInf));
    }
  }
  for (; from + kBlock <= to; from += kBlock) {
    int is_busy = 0;
    for (std::size_t k = 0; k < kBlock; ++k) {
      is_busy |= static_cast<int>(x[from + k] < under) | static_cast<int>(x[from + k] >= over);
    }
    if (is_busy != 0) break;
  }
  return from;
}

std::optional<EdgeDetector::Edge> EdgeDetector::find(const float* x, std::size_t from,
                                                     std::size_t to) noexcept {
  while (from < to) {
    const std::size_t quiet = skip_quiet(x, from, to);
    if (quiet > from) before_ = x[quiet - 1];
    from = quiet;
    // Behind the quiet blocks, go sample by sample to the end of one block.
    for (const std::size_t end = std::min(to, from + 32); from < end; ++from) {
      const bool is_edge = step(x[from]);
      const double a = before_;
      before_ = x[from];
      if (!is_edge) continue;
      const double fraction =
          (static_cast<double>(level_) - a) / (static_cast<double>(x[from]) - a);
      return Edge{from, std::isfinite(fraction) ? fraction : 1.0, !fell_};
    }
  }
  return std::nullopt;
}

void EdgeDetector::pass(const float* x, std::size_t from, std::size_t to) noexcept {
  while (const std::optional<Edge> edge = find(x, from, to)) from = edge->index + 1;
}

void EdgeDetector::adopt(const EdgeDetector& before) noexcept {
  const bool is_same = level_ == before.level_ && low_ == before.low_ && high_ == before.high_ &&
                       wants_rising_ == before.wants_rising_ &&
                       wants_falling_ == before.wants_falling_;
  if (is_same) *this = before;
}

}  // namespace acq
