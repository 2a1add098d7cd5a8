#include "dsp/math/replace.h"

#include <algorithm>
#include <cmath>

namespace acq {
namespace {

// Fills y[from, to), between y[from - 1] and x[to] where they exist.
template <typename T>
void fill_linear(std::span<const T> x, std::size_t from, std::size_t to, T constant,
                 std::span<T> y) noexcept {
  const bool has_left = from > 0, has_right = to < x.size();
  const T left = has_left ? y[from - 1] : has_right ? x[to] : constant;
  const T right = has_right ? x[to] : left;
  const auto steps = static_cast<double>(to - from + 1);
  for (std::size_t i = from; i < to; ++i) {
    const double part = static_cast<double>(i - from + 1) / steps;
    y[i] = left == right ? left
                         : static_cast<T>(static_cast<double>(left) * (1 - part) +
                                          static_cast<double>(right) * part);
  }
}

constexpr std::size_t kTile = 64;

// How many values there are, in whole tiles, before one that is not finite. The difference of a value and itself
// is 0, or no number.
template <typename T>
std::size_t finite_ahead(std::span<const T> x) noexcept {
  std::size_t i = 0;
  for (; i + kTile <= x.size(); i += kTile) {
    T sums[8] = {};
    for (std::size_t k = 0; k < kTile; k += 8) {
      for (std::size_t lane = 0; lane < 8; ++lane) sums[lane] += x[i + k + lane] - x[i + k + lane];
    }
    T sum = 0;
    for (const T part : sums) sum += part;
    if (sum != 0) return i;
  }
  return i;
}

template <typename T>
std::size_t replace(std::span<const T> x, Replaced what, Replacement by, T constant,
                    std::span<T> y) noexcept {
  std::size_t replaced = 0;
  T last = constant;
  std::size_t looked_up_to = 0;
  for (std::size_t i = 0; i < x.size();) {
    // Mostly there is nothing to replace.
    if (i >= looked_up_to) {
      const std::size_t good = finite_ahead(x.subspan(i));
      std::copy_n(x.begin() + static_cast<std::ptrdiff_t>(i), good,
                  y.begin() + static_cast<std::ptrdiff_t>(i));
      if (good > 0) last = y[i + good - 1];
      i += good;
      looked_up_to = i + kTile;  // one by one up to there
      if (i == x.size()) break;
    }
    if (!is_replaced(what, static_cast<double>(x[i]))) {
      last = y[i] = x[i];
      ++i;
      continue;
    }
    std::size_t end = i + 1;
    while (end < x.size() && is_replaced(what, static_cast<double>(x[end]))) ++end;
    if (by == Replacement::kLinear) {
      fill_linear(x, i, end, constant, y);
    } else {
      std::fill(y.begin() + static_cast<std::ptrdiff_t>(i),
                y.begin() + static_cast<std::ptrdiff_t>(end),
                by == Replacement::kHold ? last : constant);
    }
    replaced += end - i;
    i = end;
  }
  return replaced;
}

}  // namespace

bool is_replaced(Replaced what, double x) noexcept {
  switch (what) {
    case Replaced::kAll: return !std::isfinite(x);
    case Replaced::kNan: return std::isnan(x);
    case Replaced::kInfinite: return std::isinf(x);
  }
  return false;
}

std::size_t replace_non_finite(std::span<const double> x, Replaced what, Replacement by,
                               double constant, std::span<double> y) noexcept {
  return replace(x, what, by, constant, y);
}

std::size_t replace_non_finite(std::span<const float> x, Replaced what, Replacement by,
                               double constant, std::span<float> y) noexcept {
  return replace(x, what, by, static_cast<float>(constant), y);
}

}  // namespace acq
