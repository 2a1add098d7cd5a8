#include "dsp/math/record_kernels.h"

#include <algorithm>

#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/record_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Wide = hn::ScalableTag<double>;
using V = hn::Vec<Wide>;
constexpr std::size_t kLanes = HWY_LANES(double);

HWY_INLINE V load(const double* x) {
  return hn::LoadU(Wide(), x);
}

// Comparisons with NaN are false: it is passed over.
HWY_INLINE V lower(V least, V v) {
  return hn::IfThenElse(hn::Lt(v, least), v, least);
}
HWY_INLINE V higher(V most, V v) {
  return hn::IfThenElse(hn::Gt(v, most), v, most);
}

void RangeOf(const double* y, std::size_t count, Range& range) {
  const Wide d;
  V low[2] = {hn::Set(d, range.min), hn::Set(d, range.min)};
  V high[2] = {hn::Set(d, range.max), hn::Set(d, range.max)};
  std::size_t i = 0;
  for (; i + 2 * kLanes <= count; i += 2 * kLanes) {
    const V a = hn::LoadU(d, y + i), b = hn::LoadU(d, y + i + kLanes);
    low[0] = lower(low[0], a);
    low[1] = lower(low[1], b);
    high[0] = higher(high[0], a);
    high[1] = higher(high[1], b);
  }
  range.min = hn::GetLane(hn::MinOfLanes(d, hn::Min(low[0], low[1])));
  range.max = hn::GetLane(hn::MaxOfLanes(d, hn::Max(high[0], high[1])));
  for (; i < count; ++i) {
    if (y[i] < range.min) range.min = y[i];
    if (y[i] > range.max) range.max = y[i];
  }
}

// The sum of term(i, sum) over whole vectors, four of them at a time, and of one(i) over the rest.
template <class Term, class One>
HWY_INLINE double sum_terms(std::size_t count, const Term& term, const One& one) {
  const Wide d;
  V sums[4] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
  std::size_t i = 0;
  for (; i + 4 * kLanes <= count; i += 4 * kLanes) {
    for (std::size_t k = 0; k < 4; ++k) sums[k] = term(i + k * kLanes, sums[k]);
  }
  for (; i + kLanes <= count; i += kLanes) sums[0] = term(i, sums[0]);
  double rest = 0;
  for (; i < count; ++i) rest += one(i);
  const V sum = hn::Add(hn::Add(sums[0], sums[1]), hn::Add(sums[2], sums[3]));
  return rest + hn::GetLane(hn::SumOfLanes(d, sum));
}

double SumOf(const double* x, std::size_t count) {
  return sum_terms(
      count, [x](std::size_t i, V sum) HWY_ATTR { return hn::Add(sum, load(x + i)); },
      [x](std::size_t i) { return x[i]; });
}

double SumOfSquaresOf(const double* x, std::size_t count) {
  return sum_terms(
      count,
      [x](std::size_t i, V sum) HWY_ATTR {
        const V v = load(x + i);
        return hn::MulAdd(v, v, sum);
      },
      [x](std::size_t i) { return x[i] * x[i]; });
}

// y[i] = op(x[i]), whole vectors from the first cache line of `y` on.
template <class Op>
HWY_INLINE void each_value(const double* x, std::size_t count, double* y, const Op& op) {
  const Wide d;
  const auto one_by_one = [&](std::size_t i, std::size_t end) HWY_ATTR {
    for (; i < end; ++i) y[i] = hn::GetLane(op(hn::Set(d, x[i])));
  };
  std::size_t i = std::min(count, values_to_line(y) % kLanes);
  one_by_one(0, i);
  for (; i + kLanes <= count; i += kLanes) hn::StoreU(op(load(x + i)), d, y + i);
  one_by_one(i, count);
}

void Subtract(const double* x, std::size_t count, double offset, double* y) {
  const V less = hn::Set(Wide(), offset);
  each_value(x, count, y, [=](V v) HWY_ATTR { return hn::Sub(v, less); });
}

void OffsetAndDivide(const double* x, std::size_t count, double offset, double divisor, double* y) {
  const V less = hn::Set(Wide(), offset), by = hn::Set(Wide(), divisor);
  each_value(x, count, y, [=](V v) HWY_ATTR { return hn::Div(hn::Sub(v, less), by); });
}

double SecondDifferences(const double* x, std::size_t m, std::size_t count) {
  const V two = hn::Set(Wide(), 2.0);
  return sum_terms(
      count,
      [=](std::size_t i, V sum) HWY_ATTR {
        const V ends = hn::Add(load(x + i), load(x + i + 2 * m));
        const V off = hn::NegMulAdd(two, load(x + i + m), ends);
        return hn::MulAdd(off, off, sum);
      },
      [=](std::size_t i) {
        const double off = x[i] - 2 * x[i + m] + x[i + 2 * m];
        return off * off;
      });
}

double ThirdDifferences(const double* x, std::size_t m, std::size_t count) {
  const V three = hn::Set(Wide(), 3.0);
  return sum_terms(
      count,
      [=](std::size_t i, V sum) HWY_ATTR {
        const V middle = hn::Sub(load(x + i + 2 * m), load(x + i + m));
        const V off = hn::MulAdd(three, middle, hn::Sub(load(x + i), load(x + i + 3 * m)));
        return hn::MulAdd(off, off, sum);
      },
      [=](std::size_t i) {
        const double off = x[i] - 3 * x[i + m] + 3 * x[i + 2 * m] - x[i + 3 * m];
        return off * off;
      });
}

void SidesOf(const double* y, std::size_t count, double level, Sides& sides) {
  const Wide d;
  const V at = hn::Set(d, level);
  std::size_t i = 1;
  for (; i + kLanes <= count; i += kLanes) {
    const V now = hn::LoadU(d, y + i);
    const auto above = hn::Gt(now, at), before = hn::Gt(hn::LoadU(d, y + i - 1), at);
    sides.above += hn::CountTrue(d, above);
    sides.below += hn::CountTrue(d, hn::Lt(now, at));
    sides.rising += hn::CountTrue(d, hn::AndNot(before, above));
    sides.falling += hn::CountTrue(d, hn::AndNot(above, before));
  }
  for (; i < count; ++i) {
    const bool above = y[i] > level, before = y[i - 1] > level;
    sides.above += static_cast<std::size_t>(above);
    sides.below += static_cast<std::size_t>(y[i] < level);
    sides.rising += static_cast<std::size_t>(above && !before);
    sides.falling += static_cast<std::size_t>(before && !above);
  }
}

template <class Choose>
HWY_INLINE void choose(double* y, std::size_t lag, std::size_t count, const Choose& chosen) {
  const Wide d;
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    hn::StoreU(chosen(hn::LoadU(d, y + i), hn::LoadU(d, y + i + lag)), d, y + i);
  }
  for (; i < count; ++i) {
    const V one = chosen(hn::Set(d, y[i]), hn::Set(d, y[i + lag]));
    y[i] = hn::GetLane(one);
  }
}

void KeepLarger(double* y, std::size_t lag, std::size_t count) {
  choose(y, lag, count, [](V a, V b) HWY_ATTR { return higher(a, b); });
}
void KeepSmaller(double* y, std::size_t lag, std::size_t count) {
  choose(y, lag, count, [](V a, V b) HWY_ATTR { return lower(a, b); });
}

HWY_INLINE void moments_at(const double* x, std::size_t length, double* mean, double* variance) {
  const Wide d;
  const V count = hn::Set(d, static_cast<double>(length));
  V sum = hn::Zero(d);
  for (std::size_t k = 0; k < length; ++k) sum = hn::Add(sum, hn::LoadU(d, x + k));
  const V middle = hn::Div(sum, count);
  V squares = hn::Zero(d);
  for (std::size_t k = 0; k < length; ++k) {
    const V off = hn::Sub(hn::LoadU(d, x + k), middle);
    squares = hn::MulAdd(off, off, squares);
  }
  hn::StoreU(middle, d, mean);
  hn::StoreU(hn::Div(squares, count), d, variance);
}

void LocalMoments(const double* x, std::size_t windows, std::size_t length, double* mean,
                  double* variance) {
  std::size_t i = 0;
  for (; i + kLanes <= windows; i += kLanes) moments_at(x + i, length, mean + i, variance + i);
  if (i == windows) return;
  if (windows >= kLanes) {  // the last vector once more, further to the end
    i = windows - kLanes;
    return moments_at(x + i, length, mean + i, variance + i);
  }
  for (; i < windows; ++i) {
    const auto count = static_cast<double>(length);
    double sum = 0, squares = 0;
    for (std::size_t k = 0; k < length; ++k) sum += x[i + k];
    mean[i] = sum / count;
    for (std::size_t k = 0; k < length; ++k) {
      squares += (x[i + k] - mean[i]) * (x[i + k] - mean[i]);
    }
    variance[i] = squares / count;
  }
}

void CentralDifferences(const double* x, std::size_t count, double divisor, double* y) {
  const Wide d;
  const V by = hn::Set(d, divisor);
  std::size_t i = 1;
  const std::size_t first = 1 + values_to_line(y + 1) % kLanes;
  for (; i < first && i + 1 < count; ++i) y[i] = (x[i + 1] - x[i - 1]) / divisor;
  for (; i + kLanes < count; i += kLanes) {
    hn::StoreU(hn::Div(hn::Sub(hn::LoadU(d, x + i + 1), hn::LoadU(d, x + i - 1)), by), d, y + i);
  }
  for (; i + 1 < count; ++i) y[i] = (x[i + 1] - x[i - 1]) / divisor;
}

// Two terms share a quotient: divisions are what this waits for.
HWY_INLINE V barycentric_at(const double* at, const double* weights, const double* values,
                            std::size_t count, V x) {
  const Wide d;
  V above = hn::Zero(d), below = hn::Zero(d);
  const auto add = [&](std::size_t k, V part) HWY_ATTR {
    above = hn::MulAdd(part, hn::Set(d, values[k]), above);
    below = hn::Add(below, part);
  };
  std::size_t k = 0;
  for (; k + 2 <= count; k += 2) {
    const V u = hn::Sub(x, hn::Set(d, at[k])), v = hn::Sub(x, hn::Set(d, at[k + 1]));
    const V inverse = hn::Div(hn::Set(d, 1.0), hn::Mul(u, v));
    add(k, hn::Mul(hn::Set(d, weights[k]), hn::Mul(v, inverse)));
    add(k + 1, hn::Mul(hn::Set(d, weights[k + 1]), hn::Mul(u, inverse)));
  }
  if (k < count) add(k, hn::Div(hn::Set(d, weights[k]), hn::Sub(x, hn::Set(d, at[k]))));
  return hn::Div(above, below);
}

void Barycentric(const double* at, const double* weights, const double* values, std::size_t count,
                 const double* x, std::size_t size, double* y) {
  const Wide d;
  std::size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    hn::StoreU(barycentric_at(at, weights, values, count, hn::LoadU(d, x + i)), d, y + i);
  }
  for (; i < size; ++i) {
    y[i] = hn::GetLane(barycentric_at(at, weights, values, count, hn::Set(d, x[i])));
  }
}

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(RangeOf);
HWY_EXPORT(SumOf);
HWY_EXPORT(SumOfSquaresOf);
HWY_EXPORT(Subtract);
HWY_EXPORT(OffsetAndDivide);
HWY_EXPORT(SecondDifferences);
HWY_EXPORT(ThirdDifferences);
HWY_EXPORT(SidesOf);
HWY_EXPORT(LocalMoments);
HWY_EXPORT(KeepLarger);
HWY_EXPORT(KeepSmaller);
HWY_EXPORT(CentralDifferences);
HWY_EXPORT(Barycentric);

Range range_of(std::span<const double> y) noexcept {
  Range range;
  HWY_DYNAMIC_DISPATCH(RangeOf)(y.data(), y.size(), range);
  return range;
}

double sum_of(std::span<const double> x) noexcept {
  return HWY_DYNAMIC_DISPATCH(SumOf)(x.data(), x.size());
}

double sum_of_squares_of(std::span<const double> x) noexcept {
  return HWY_DYNAMIC_DISPATCH(SumOfSquaresOf)(x.data(), x.size());
}

void subtract(std::span<const double> x, double offset, double* y) noexcept {
  HWY_DYNAMIC_DISPATCH(Subtract)(x.data(), x.size(), offset, y);
}

void offset_and_divide(std::span<const double> x, double offset, double divisor,
                       double* y) noexcept {
  HWY_DYNAMIC_DISPATCH(OffsetAndDivide)(x.data(), x.size(), offset, divisor, y);
}

double second_differences_squared(std::span<const double> x, std::size_t m) noexcept {
  if (x.size() <= 2 * m) return 0;
  return HWY_DYNAMIC_DISPATCH(SecondDifferences)(x.data(), m, x.size() - 2 * m);
}

double third_differences_squared(std::span<const double> x, std::size_t m) noexcept {
  if (x.size() <= 3 * m) return 0;
  return HWY_DYNAMIC_DISPATCH(ThirdDifferences)(x.data(), m, x.size() - 3 * m);
}

Sides sides_of(std::span<const double> y, double level) noexcept {
  Sides sides;
  if (y.empty()) return sides;
  sides.above = static_cast<std::size_t>(y[0] > level);
  sides.below = static_cast<std::size_t>(y[0] < level);
  HWY_DYNAMIC_DISPATCH(SidesOf)(y.data(), y.size(), level, sides);
  return sides;
}

void keep_larger(double* y, std::size_t lag, std::size_t count) noexcept {
  HWY_DYNAMIC_DISPATCH(KeepLarger)(y, lag, count);
}
void keep_smaller(double* y, std::size_t lag, std::size_t count) noexcept {
  HWY_DYNAMIC_DISPATCH(KeepSmaller)(y, lag, count);
}

void local_moments(std::span<const double> x, std::size_t length, double* mean,
                   double* variance) noexcept {
  if (length == 0 || x.size() < length) return;
  HWY_DYNAMIC_DISPATCH(LocalMoments)(x.data(), x.size() - length + 1, length, mean, variance);
}

void central_differences(std::span<const double> x, double divisor, double* y) noexcept {
  HWY_DYNAMIC_DISPATCH(CentralDifferences)(x.data(), x.size(), divisor, y);
}

void barycentric(std::span<const double> at, std::span<const double> weights,
                 std::span<const double> values, std::size_t count, std::span<const double> x,
                 double* y) noexcept {
  HWY_DYNAMIC_DISPATCH(Barycentric)
  (at.data(), weights.data(), values.data(), count, x.data(), x.size(), y);
}

}  // namespace acq
#endif
