#include "dsp/math/crossing.h"

#include <cmath>

#include "dsp/math/record_kernels.h"

namespace acq {
namespace {

int side(double y, double level) noexcept {
  return static_cast<int>(y > level) - static_cast<int>(y < level);
}

// Of the level on the line from value i to its neighbour i + step.
double meet(std::span<const double> y, std::size_t i, int step, double level) noexcept {
  const double a = y[i];
  const double b = y[i + static_cast<std::size_t>(step)];
  return static_cast<double>(i) + step * ((level - a) / (b - a));
}

}  // namespace

std::optional<double> crossing_behind(std::span<const double> y, std::size_t from,
                                      double level) noexcept {
  int old = 0;
  std::size_t last = from;  // value of the old side
  for (std::size_t i = from; i < y.size(); ++i) {
    const int now = side(y[i], level);
    if (now == 0) continue;
    if (old != 0 && now != old) return meet(y, last, 1, level);
    old = now;
    last = i;
  }
  return std::nullopt;
}

std::optional<double> crossing_before(std::span<const double> y, std::size_t from,
                                      double level) noexcept {
  int old = 0;
  std::size_t last = from;
  for (std::size_t i = from + 1; i-- > 0;) {
    const int now = side(y[i], level);
    if (now == 0) continue;
    if (old != 0 && now != old) return meet(y, last, -1, level);
    old = now;
    last = i;
  }
  return std::nullopt;
}

namespace {

// The first and the last of those that are wanted, of which there is one or more.
void add_ends(std::span<const double> y, double level, Slope slope, Crossings& found) noexcept {
  const auto is_wanted = [&](std::size_t i) {
    const bool before = y[i - 1] > level, now = y[i] > level;
    return before != now && (slope == Slope::kEither || now == (slope == Slope::kRising));
  };
  std::size_t i = 1;
  while (!is_wanted(i)) ++i;
  found.first = meet(y, i - 1, 1, level);
  i = y.size() - 1;
  while (!is_wanted(i)) --i;
  found.last = meet(y, i - 1, 1, level);
}

}  // namespace

Crossings crossings_of(std::span<const double> y, double level, Slope slope) noexcept {
  Crossings found;
  const Sides sides = sides_of(y, level);
  if (sides.above + sides.below ==
      y.size()) {  // so the change from one value to the next is all there is
    if (slope != Slope::kFalling) found.count += sides.rising;
    if (slope != Slope::kRising) found.count += sides.falling;
    if (found.count > 0) add_ends(y, level, slope, found);
    return found;
  }
  int old = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const int now = side(y[i], level);
    if (now == 0) continue;
    const bool is_wanted = slope == Slope::kEither || now == (slope == Slope::kRising ? 1 : -1);
    if (old != 0 && now != old && is_wanted) {
      found.last = meet(y, last, 1, level);
      if (found.count++ == 0) found.first = found.last;
    }
    old = now;
    last = i;
  }
  return found;
}

std::optional<double> value_at(const Trace& record, double x) noexcept {
  const double position = record.position(x);
  const auto last = static_cast<double>(record.size()) - 1;
  // An x that is meant to be the end misses it by its rounding.
  const double slack = 1e-9 * (1 + std::abs(position));
  if (!(position >= -slack && position <= last + slack)) return std::nullopt;
  if (position <= 0) return record.y.front();
  if (position >= last) return record.y.back();
  const auto i = static_cast<std::size_t>(position);
  const double part = position - static_cast<double>(i);
  return record.y[i] + part * (record.y[i + 1] - record.y[i]);
}

}  // namespace acq
