#include "dsp/math/function.h"

#include <algorithm>
#include <cmath>

#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/function.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Wide = hn::ScalableTag<double>;
using WideVector = hn::Vec<Wide>;

// log10 for 0, negative numbers, infinity and NaN too.
HWY_INLINE WideVector log10_of(Wide d, WideVector x) {
  const WideVector zero = hn::Zero(d);
  const WideVector infinity = hn::Inf(d);
  WideVector y = hn::Log10(d, x);
  y = hn::IfThenElse(hn::Eq(x, zero), hn::Neg(infinity), y);
  y = hn::IfThenElse(hn::Eq(x, infinity), infinity, y);
  y = hn::IfThenElse(hn::Lt(x, zero), hn::NaN(d), y);
  return hn::IfThenElse(hn::IsNaN(x), x, y);
}

// exp over the whole range of float64: hn::Exp() stops at 706.
HWY_INLINE WideVector exp_of(Wide d, WideVector x) {
  const auto is_large = hn::Gt(x, hn::Set(d, 700.0));
  const WideVector shift = hn::IfThenElseZero(is_large, hn::Set(d, 16.0));
  const WideVector limited =
      hn::Min(hn::Max(hn::Sub(x, shift), hn::Set(d, -800.0)), hn::Set(d, 700.0));
  WideVector y = hn::Exp(d, limited);
  y = hn::IfThenElse(is_large, hn::Mul(y, hn::Set(d, 8886110.520507872)), y);  // e^16
  y = hn::IfThenElse(hn::Gt(x, hn::Set(d, 709.782712893384)), hn::Inf(d), y);
  return hn::IfThenElse(hn::IsNaN(x), x, y);
}

// Whole vectors, then the rest through a padded copy: a value does not depend on its place.
template <class Op>
HWY_INLINE void over(const double* x, std::size_t count, double* y, const Op& op) {
  const Wide d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(op(hn::LoadU(d, x + i)), d, y + i);
  if (i == count) return;
  HWY_ALIGN double rest[kMostFloatLanes] = {};
  std::copy(x + i, x + count, rest);
  hn::Store(op(hn::Load(d, rest)), d, rest);
  std::copy(rest, rest + (count - i), y + i);
}

template <class Op>
HWY_INLINE void over(const float* x, std::size_t count, float* y, const Op& op) {
  const Wide d;
  const hn::Rebind<float, Wide> narrow;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(hn::DemoteTo(narrow, op(hn::PromoteTo(d, hn::LoadU(narrow, x + i)))), narrow, y + i);
  }
  if (i == count) return;
  HWY_ALIGN float rest[kMostFloatLanes] = {};
  std::copy(x + i, x + count, rest);
  hn::Store(hn::DemoteTo(narrow, op(hn::PromoteTo(d, hn::Load(narrow, rest)))), narrow, rest);
  std::copy(rest, rest + (count - i), y + i);
}

template <typename T>
HWY_INLINE void apply(Function f, double exponent, const T* x, std::size_t count, T* y) {
  const Wide d;
  const WideVector one = hn::Set(d, 1.0);
  using V = WideVector;
  switch (f) {
    case Function::kAbs: return over(x, count, y, [](V v) HWY_ATTR { return hn::Abs(v); });
    case Function::kSqrt: return over(x, count, y, [](V v) HWY_ATTR { return hn::Sqrt(v); });
    case Function::kLog10: return over(x, count, y, [d](V v) HWY_ATTR { return log10_of(d, v); });
    case Function::kExp: return over(x, count, y, [d](V v) HWY_ATTR { return exp_of(d, v); });
    case Function::kInverse:
      return over(x, count, y, [one](V v) HWY_ATTR { return hn::Div(one, v); });
    case Function::kPower: break;
  }
  if (exponent == 2) return over(x, count, y, [](V v) HWY_ATTR { return hn::Mul(v, v); });
  for (std::size_t i = 0; i < count; ++i) {
    y[i] = static_cast<T>(std::pow(static_cast<double>(x[i]), exponent));
  }
}

void ApplyWide(Function f, double exponent, const double* x, std::size_t count, double* y) {
  apply(f, exponent, x, count, y);
}

void ApplyNarrow(Function f, double exponent, float* x, std::size_t count) {
  apply(f, exponent, x, count, x);
}

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(ApplyWide);
HWY_EXPORT(ApplyNarrow);

namespace {

template <typename T>
void clip_values(const T* x, std::size_t count, T lower, T upper, T* y) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    const T v = x[i];  // a comparison with NaN is false: it stays
    y[i] = v < lower ? lower : v > upper ? upper : v;
  }
}

}  // namespace

void apply_function(Function f, double exponent, std::span<const double> x,
                    std::span<double> y) noexcept {
  HWY_DYNAMIC_DISPATCH(ApplyWide)(f, exponent, x.data(), x.size(), y.data());
}

void apply_function(Function f, double exponent, float* x, std::size_t count) noexcept {
  HWY_DYNAMIC_DISPATCH(ApplyNarrow)(f, exponent, x, count);
}

void clip(std::span<const double> x, double lower, double upper, std::span<double> y) noexcept {
  clip_values(x.data(), x.size(), lower, upper, y.data());
}

void clip(float* x, std::size_t count, float lower, float upper) noexcept {
  clip_values(x, count, lower, upper, x);
}

}  // namespace acq
#endif
