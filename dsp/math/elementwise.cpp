#include "dsp/math/elementwise.h"

#include <algorithm>

#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/elementwise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

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

// 20 log10 |x|, also for 0, infinity and NaN.
template <class D, class V>
HWY_INLINE V decibels(D d, V x) {
  const V size = hn::Abs(x);
  const V zero = hn::Zero(d);
  const V infinity = hn::Inf(d);
  V level = hn::Mul(hn::Set(d, 20.0F), hn::Log10(d, size));
  level = hn::IfThenElse(hn::Eq(size, zero), hn::Neg(infinity), level);
  level = hn::IfThenElse(hn::Eq(size, infinity), infinity, level);
  return hn::IfThenElse(hn::IsNaN(x), x, level);
}

// Reads vector by vector; the rest through padded copies, as over() does.
template <class D, class Op>
HWY_INLINE void over_two(D d, float* a, const float* b, std::size_t count, const Op& op) {
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(op(hn::LoadU(d, a + i), hn::LoadU(d, b + i)), d, a + i);
  }
  if (i == count) return;
  HWY_ALIGN float rest_a[kMostFloatLanes] = {};
  HWY_ALIGN float rest_b[kMostFloatLanes] = {};
  std::copy(a + i, a + count, rest_a);
  std::copy(b + i, b + count, rest_b);
  hn::Store(op(hn::Load(d, rest_a), hn::Load(d, rest_b)), d, rest_a);
  std::copy(rest_a, rest_a + (count - i), a + i);
}

void CombinePlanes(Combine op, float* a, const float* b, std::size_t count) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  // x86 takes the second operand where one is NaN; the sum of both is NaN, whichever it is.
  const auto or_nan = [](V x, V y, V chosen) HWY_ATTR {
    return hn::IfThenElse(hn::Or(hn::IsNaN(x), hn::IsNaN(y)), hn::Add(x, y), chosen);
  };
  switch (op) {
    case Combine::kAdd:
      return over_two(d, a, b, count, [](V x, V y) HWY_ATTR { return hn::Add(x, y); });
    case Combine::kSubtract:
      return over_two(d, a, b, count, [](V x, V y) HWY_ATTR { return hn::Sub(x, y); });
    case Combine::kMultiply:
      return over_two(d, a, b, count, [](V x, V y) HWY_ATTR { return hn::Mul(x, y); });
    case Combine::kDivide:
      return over_two(d, a, b, count, [](V x, V y) HWY_ATTR { return hn::Div(x, y); });
    case Combine::kAbsDifference:
      return over_two(d, a, b, count, [](V x, V y) HWY_ATTR { return hn::Abs(hn::Sub(x, y)); });
    case Combine::kRatioDb:
      return over_two(d, a, b, count,
                      [d](V x, V y) HWY_ATTR { return decibels(d, hn::Div(x, y)); });
    case Combine::kMinimum:
      return over_two(d, a, b, count,
                      [&](V x, V y) HWY_ATTR { return or_nan(x, y, hn::Min(x, y)); });
    case Combine::kMaximum:
      return over_two(d, a, b, count,
                      [&](V x, V y) HWY_ATTR { return or_nan(x, y, hn::Max(x, y)); });
  }
}

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(ScaleAndOffset);
HWY_EXPORT(Polynomial);
HWY_EXPORT(CombinePlanes);

void scale_and_offset(float* x, std::size_t count, float gain, float offset) noexcept {
  HWY_DYNAMIC_DISPATCH(ScaleAndOffset)(x, count, gain, offset);
}

void polynomial(float* x, std::size_t count, std::span<const double> c) noexcept {
  if (c.empty()) {
    std::fill_n(x, count, 0.0F);
  } else {
    HWY_DYNAMIC_DISPATCH(Polynomial)(x, count, c.data(), c.size());
  }
}

void combine(Combine op, float* a, const float* b, std::size_t count) noexcept {
  HWY_DYNAMIC_DISPATCH(CombinePlanes)(op, a, b, count);
}

}  // namespace acq
#endif
