#include "dsp/math/function.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/function.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Wide = hn::ScalableTag<double>;
using WideVector = hn::Vec<Wide>;

#include "dsp/math/elementary.inc"

// x^p by exp(p ln x) with ln x in two numbers, which takes products that are not rounded: where the machine
// has none, the C library does it, as it does for zero, negative and not finite x and where the result
// leaves the normal range.
#if HWY_TARGET <= HWY_AVX2
// (artanh(s) / s - 1 - s^2 / 3) / s^4 by s^2: relative error of artanh 1e-20.
constexpr double kArtanhTail[] = {0.2,
                                  0.14285714285714682,
                                  0.11111111110827972,
                                  0.09090909167689756,
                                  0.076922974819691,
                                  0.06667402308315055,
                                  0.058531192036303886,
                                  0.058615785005950945};

struct TwoNumbers {
  WideVector value;
  WideVector rest;
};

// ln x of normal positive x: with x = m 2^e, s = (m - 1) / (m + 1), ln x = 2 artanh(s) + e ln 2.
HWY_INLINE TwoNumbers ln_of(Wide d, WideVector x) {
  const hn::RebindToSigned<Wide> di;
  const auto one = hn::Set(d, 1.0);
  const auto bits = hn::BitCast(di, x);
  auto e = hn::ConvertTo(d, hn::Sub(hn::ShiftRight<52>(bits), hn::Set(di, 1023)));
  const auto mantissa = hn::And(bits, hn::Set(di, 0x000F'FFFF'FFFF'FFFF));
  auto m = hn::BitCast(d, hn::Or(mantissa, hn::BitCast(di, one)));
  const auto is_high = hn::Gt(m, hn::Set(d, 1.4142135623730951));
  m = hn::IfThenElse(is_high, hn::Mul(m, hn::Set(d, 0.5)), m);
  e = hn::Add(e, hn::IfThenElseZero(is_high, one));
  const auto above = hn::Sub(m, one), below = hn::Add(m, one);
  const auto below_rest = hn::Sub(m, hn::Sub(below, one));
  const auto inverse = hn::Div(one, below);
  const auto s = hn::Mul(above, inverse);
  const auto s_rest =
      hn::Mul(hn::NegMulAdd(s, below_rest, hn::NegMulAdd(s, below, above)), inverse);
  const auto z = hn::Mul(s, s);
  const auto z_rest = hn::MulAdd(hn::Add(s, s), s_rest, hn::MulSub(s, s, z));
  const auto third = hn::Set(d, 0.3333333333333333);
  const auto t = hn::Mul(z, third);
  auto t_rest = hn::MulAdd(z, hn::Set(d, 1.850371707708594e-17), hn::MulSub(z, third, t));
  t_rest = hn::MulAdd(z_rest, third, t_rest);
  const auto more = hn::Mul(hn::Mul(z, z), polynomial_of(d, z, kArtanhTail));
  const auto u = hn::Add(t, more);
  const auto u_rest = hn::Add(hn::Add(hn::Sub(t, u), more), t_rest);
  const auto v = hn::Mul(s, u);
  auto v_rest = hn::MulAdd(s, u_rest, hn::MulSub(s, u, v));
  v_rest = hn::MulAdd(s_rest, u, v_rest);
  const auto half = hn::Add(s, v);
  const auto half_rest = hn::Add(hn::Add(hn::Sub(s, half), v), hn::Add(s_rest, v_rest));
  const auto whole = hn::Mul(e, hn::Set(d, kLn2High));
  const auto ln = hn::Add(whole, hn::Add(half, half));
  const auto rest = hn::MulAdd(e, hn::Set(d, kLn2Low), hn::Add(half_rest, half_rest));
  return {ln, hn::Add(hn::Add(hn::Sub(whole, ln), hn::Add(half, half)), rest)};
}

// (2 artanh(s) - 2 s) / s^3 by s^2: relative error of artanh 5e-19.
constexpr double kTwiceArtanhTail[] = {0.6666666666666666,  0.4000000000000088,  0.2857142857080329,
                                       0.222222223917858,   0.18181795632452163, 0.1538624012056702,
                                       0.13268761951330021, 0.13086743139119072};

// ln x with an error of 2^-59, which is enough for x^p up to e^32 and from e^-32 on.
HWY_INLINE TwoNumbers roughly_ln_of(Wide d, WideVector x) {
  const auto parts = parts_of(d, x);
  const auto one = hn::Set(d, 1.0);
  const auto above = hn::Sub(parts.m, one), below = hn::Add(parts.m, one);
  const auto below_rest = hn::Sub(parts.m, hn::Sub(below, one));
  const auto inverse = hn::Div(one, below);
  const auto s = hn::Mul(above, inverse);
  const auto s_rest =
      hn::Mul(hn::NegMulAdd(s, below_rest, hn::NegMulAdd(s, below, above)), inverse);
  const auto square = hn::Mul(s, s);
  const auto tail = hn::Mul(hn::Mul(s, square), polynomial_of(d, square, kTwiceArtanhTail));
  const auto whole = hn::Mul(parts.e, hn::Set(d, kLn2High));
  const auto twice = hn::Add(s, s);
  const auto value = hn::Add(whole, twice);
  const auto lost = hn::Add(hn::Sub(whole, value), twice);
  const auto low =
      hn::MulAdd(parts.e, hn::Set(d, kLn2Low), hn::MulAdd(hn::Set(d, 2.0), s_rest, tail));
  return {value, hn::Add(lost, low)};
}

// e^(p ln x), and p ln x itself.
struct Power {
  WideVector value;
  WideVector exponent;
};

HWY_INLINE Power power_by(Wide d, const TwoNumbers& ln, double exponent) {
  const auto p = hn::Set(d, exponent);
  const auto y = hn::Mul(ln.value, p);
  const auto y_rest = hn::MulAdd(ln.rest, p, hn::MulSub(ln.value, p, y));
  const auto to_whole = hn::Set(d, kToWhole);
  const auto whole = hn::MulAdd(hn::Add(y, y_rest), hn::Set(d, 1.4426950408889634), to_whole);
  const auto k = hn::Sub(whole, to_whole);
  const auto near = hn::NegMulAdd(k, hn::Set(d, kLn2High), y);
  const auto r = hn::Add(near, hn::NegMulAdd(k, hn::Set(d, kLn2Low), y_rest));
  return {exp_of_parts(d, whole, r), y};
}

HWY_INLINE WideVector power_of(Wide d, WideVector x, double exponent) {
  const auto is_normal =
      hn::And(hn::Ge(x, hn::Set(d, 2.2250738585072014e-308)), hn::Lt(x, hn::Inf(d)));
  const Power rough = power_by(d, roughly_ln_of(d, x), exponent);
  const auto is_near = hn::Lt(hn::Abs(rough.exponent), hn::Set(d, 32.0));
  if (HWY_LIKELY(hn::AllTrue(d, hn::And(is_normal, is_near)))) return rough.value;
  // A value does not depend on its neighbours.
  const Power exact = power_by(d, ln_of(d, x), exponent);
  const auto value = hn::IfThenElse(is_near, rough.value, exact.value);
  const auto holds = hn::And(is_normal, hn::Lt(hn::Abs(exact.exponent), hn::Set(d, 700.0)));
  if (HWY_LIKELY(hn::AllTrue(d, holds))) return value;
  HWY_ALIGN double each[kMostFloatLanes];
  hn::Store(x, d, each);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) each[i] = std::pow(each[i], exponent);
  return hn::IfThenElse(holds, value, hn::Load(d, each));
}
#else
HWY_INLINE WideVector power_of(Wide d, WideVector x, double exponent) {
  HWY_ALIGN double each[kMostFloatLanes];
  hn::Store(x, d, each);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) each[i] = std::pow(each[i], exponent);
  return hn::Load(d, each);
}
#endif

HWY_INLINE WideVector load(const double* x) {
  return hn::LoadU(Wide(), x);
}
HWY_INLINE WideVector load(const float* x) {
  return hn::PromoteTo(Wide(), hn::LoadU(hn::Rebind<float, Wide>(), x));
}
HWY_INLINE void store(WideVector v, double* y) {
  hn::StoreU(v, Wide(), y);
}
HWY_INLINE void store(WideVector v, float* y) {
  const hn::Rebind<float, Wide> narrow;
  hn::StoreU(hn::DemoteTo(narrow, v), narrow, y);
}

// Up to the first whole cache line of `y` and behind the last through padded copies, so that a value does not
// depend on its place; between them whole vectors, whose stores meet one line each.
template <typename T, class Op>
HWY_INLINE void over(const T* x, std::size_t count, T* y, const Op& op) {
  constexpr std::size_t kLanes = HWY_LANES(double);
  const auto some = [&](std::size_t from, std::size_t number) HWY_ATTR {
    HWY_ALIGN T padded[kMostFloatLanes] = {};
    std::copy_n(x + from, number, padded);
    store(op(load(padded)), padded);
    std::copy_n(padded, number, y + from);
  };
  std::size_t i = std::min(count, values_to_line(y) % kLanes);
  if (i > 0) some(0, i);
  for (; i + kLanes <= count; i += kLanes) store(op(load(x + i)), y + i);
  if (i < count) some(i, count - i);
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
  over(x, count, y, [d, exponent](V v) HWY_ATTR { return power_of(d, v, exponent); });
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
