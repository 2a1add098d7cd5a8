#include "dsp/math/elementwise.h"

#include <algorithm>
#include <limits>

#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/elementwise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#include "dsp/math/elementary.inc"

// Runs step(x, lanes) over whole vectors; the rest goes through a padded copy, so that a value does
// not depend on its place in the plane.
template <class D, class Step>
HWY_INLINE void over(D d, float* x, std::size_t count, const Step& step) {
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) step(x + i);
  if (i == count) return;
  HWY_ALIGN float rest[kMostFloatLanes] = {};
  std::copy(x + i, x + count, rest);
  step(rest);
  std::copy(rest, rest + (count - i), x + i);
}

void ScaleAndOffset(float* x, std::size_t count, float gain, float offset) {
  const hn::ScalableTag<float> d;
  const auto a = hn::Set(d, gain);
  const auto b = hn::Set(d, offset);
  over(d, x, count,
       [&](float* p) HWY_ATTR { hn::StoreU(hn::MulAdd(hn::LoadU(d, p), a, b), d, p); });
}

// Eight vectors at a time go through all operations without leaving the registers; then vector by vector, and
// what is before the first cache line of `to` and behind the last vector through padded copies.
void ScaleInTurn(const PointOp* ops, std::size_t op_count, const float* from, float* to,
                 std::size_t count) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto one = [&](const float* in, float* out) HWY_ATTR {
    auto v = hn::LoadU(d, in);
    for (std::size_t k = 0; k < op_count; ++k) {
      v = hn::MulAdd(v, hn::Set(d, ops[k].gain), hn::Set(d, ops[k].offset));
    }
    hn::StoreU(v, d, out);
  };
  const auto some = [&](std::size_t first, std::size_t number) HWY_ATTR {
    HWY_ALIGN float padded[kMostFloatLanes] = {};
    std::copy_n(from + first, number, padded);
    one(padded, padded);
    std::copy_n(padded, number, to + first);
  };
  std::size_t i = std::min(count, values_to_line(to) % lanes);
  if (i > 0) some(0, i);
  for (; i + 8 * lanes <= count; i += 8 * lanes) {
    const float* const in = from + i;
    auto v0 = hn::LoadU(d, in), v1 = hn::LoadU(d, in + lanes);
    auto v2 = hn::LoadU(d, in + 2 * lanes), v3 = hn::LoadU(d, in + 3 * lanes);
    auto v4 = hn::LoadU(d, in + 4 * lanes), v5 = hn::LoadU(d, in + 5 * lanes);
    auto v6 = hn::LoadU(d, in + 6 * lanes), v7 = hn::LoadU(d, in + 7 * lanes);
    for (std::size_t k = 0; k < op_count; ++k) {
      const auto a = hn::Set(d, ops[k].gain);
      const auto b = hn::Set(d, ops[k].offset);
      v0 = hn::MulAdd(v0, a, b);
      v1 = hn::MulAdd(v1, a, b);
      v2 = hn::MulAdd(v2, a, b);
      v3 = hn::MulAdd(v3, a, b);
      v4 = hn::MulAdd(v4, a, b);
      v5 = hn::MulAdd(v5, a, b);
      v6 = hn::MulAdd(v6, a, b);
      v7 = hn::MulAdd(v7, a, b);
    }
    float* const out = to + i;
    hn::StoreU(v0, d, out);
    hn::StoreU(v1, d, out + lanes);
    hn::StoreU(v2, d, out + 2 * lanes);
    hn::StoreU(v3, d, out + 3 * lanes);
    hn::StoreU(v4, d, out + 4 * lanes);
    hn::StoreU(v5, d, out + 5 * lanes);
    hn::StoreU(v6, d, out + 6 * lanes);
    hn::StoreU(v7, d, out + 7 * lanes);
  }
  for (; i + lanes <= count; i += lanes) one(from + i, to + i);
  if (i < count) some(i, count - i);
}

void Polynomial(float* x, std::size_t count, const double* c, std::size_t terms) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> narrow;
  over(narrow, x, count, [&](float* p) HWY_ATTR {
    const auto value = hn::PromoteTo(d, hn::LoadU(narrow, p));
    auto sum = hn::Set(d, c[terms - 1]);
    for (std::size_t k = terms - 1; k-- > 0;) sum = hn::MulAdd(sum, value, hn::Set(d, c[k]));
    hn::StoreU(hn::DemoteTo(narrow, sum), narrow, p);
  });
}

// Whole vectors from the first cache line of `y` on; what is before and behind them through padded copies, as
// over() does.
template <class D, class Op>
HWY_INLINE void over_two(D d, const float* a, const float* b, float* y, std::size_t count,
                         const Op& op) {
  const std::size_t lanes = hn::Lanes(d);
  const auto some = [&](std::size_t from, std::size_t number) HWY_ATTR {
    HWY_ALIGN float some_a[kMostFloatLanes] = {};
    HWY_ALIGN float some_b[kMostFloatLanes] = {};
    std::copy_n(a + from, number, some_a);
    std::copy_n(b + from, number, some_b);
    hn::Store(op(hn::Load(d, some_a), hn::Load(d, some_b)), d, some_a);
    std::copy_n(some_a, number, y + from);
  };
  std::size_t i = std::min(count, values_to_line(y) % lanes);
  if (i > 0) some(0, i);
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(op(hn::LoadU(d, a + i), hn::LoadU(d, b + i)), d, y + i);
  }
  if (i < count) some(i, count - i);
}

void CombinePlanes(Combine op, const float* a, const float* b, float* to, std::size_t count) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  // x86 takes the second operand where one is NaN; the sum of both is NaN, whichever it is.
  const auto or_nan = [](V x, V y, V chosen) HWY_ATTR {
    return hn::IfThenElse(hn::Or(hn::IsNaN(x), hn::IsNaN(y)), hn::Add(x, y), chosen);
  };
  switch (op) {
    case Combine::kAdd:
      return over_two(d, a, b, to, count, [](V x, V y) HWY_ATTR { return hn::Add(x, y); });
    case Combine::kSubtract:
      return over_two(d, a, b, to, count, [](V x, V y) HWY_ATTR { return hn::Sub(x, y); });
    case Combine::kMultiply:
      return over_two(d, a, b, to, count, [](V x, V y) HWY_ATTR { return hn::Mul(x, y); });
    case Combine::kDivide:
      return over_two(d, a, b, to, count, [](V x, V y) HWY_ATTR { return hn::Div(x, y); });
    case Combine::kAbsDifference:
      return over_two(d, a, b, to, count, [](V x, V y) HWY_ATTR { return hn::Abs(hn::Sub(x, y)); });
    case Combine::kRatioDb:
      return over_two(d, a, b, to, count,
                      [d](V x, V y) HWY_ATTR { return decibels_of<2>(d, hn::Abs(hn::Div(x, y))); });
    case Combine::kMinimum:
      return over_two(d, a, b, to, count,
                      [&](V x, V y) HWY_ATTR { return or_nan(x, y, hn::Min(x, y)); });
    case Combine::kMaximum:
      return over_two(d, a, b, to, count,
                      [&](V x, V y) HWY_ATTR { return or_nan(x, y, hn::Max(x, y)); });
  }
}

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(ScaleAndOffset);
HWY_EXPORT(ScaleInTurn);
HWY_EXPORT(Polynomial);
HWY_EXPORT(CombinePlanes);

void scale_and_offset(float* x, std::size_t count, float gain, float offset) noexcept {
  HWY_DYNAMIC_DISPATCH(ScaleAndOffset)(x, count, gain, offset);
}

namespace {

// The multiply-adds that `ops` begins with.
std::size_t leading_scales(std::span<const PointOp> ops) noexcept {
  const auto is_call = [](const PointOp& op) { return op.call != nullptr; };
  return static_cast<std::size_t>(std::find_if(ops.begin(), ops.end(), is_call) - ops.begin());
}

}  // namespace

void apply(std::span<const PointOp> ops, const float* from, float* to, std::size_t count) noexcept {
  const std::size_t scales = leading_scales(ops);
  if (scales == ops.size() && scales > 0) {
    HWY_DYNAMIC_DISPATCH(ScaleInTurn)(ops.data(), scales, from, to, count);
    return;
  }
  // What a call needs in memory stays in the first-level cache from one operation to the next.
  constexpr std::size_t kTile = 1024;
  for (std::size_t at = 0; at < count; at += kTile) {
    const std::size_t n = std::min(kTile, count - at);
    float* const x = to + at;
    if (from != to) std::copy(from + at, from + at + n, x);
    for (std::span<const PointOp> left = ops; !left.empty();) {
      const std::size_t in_turn = leading_scales(left);
      if (in_turn > 0) HWY_DYNAMIC_DISPATCH(ScaleInTurn)(left.data(), in_turn, x, x, n);
      left = left.subspan(in_turn);
      if (left.empty()) break;
      left.front().call(left.front().what, x, n);
      left = left.subspan(1);
    }
  }
}

void polynomial(float* x, std::size_t count, std::span<const double> c) noexcept {
  if (c.empty()) {
    std::fill_n(x, count, 0.0F);
  } else {
    HWY_DYNAMIC_DISPATCH(Polynomial)(x, count, c.data(), c.size());
  }
}

void combine(Combine op, const float* a, const float* b, float* y, std::size_t count) noexcept {
  HWY_DYNAMIC_DISPATCH(CombinePlanes)(op, a, b, y, count);
}

}  // namespace acq
#endif
