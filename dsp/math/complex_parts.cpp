#include "dsp/math/complex_parts.h"

#include <algorithm>
#include <cmath>

#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/complex_parts.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Wide = hn::ScalableTag<double>;
using V = hn::Vec<Wide>;
constexpr std::size_t kLanes = HWY_LANES(double);

template <std::size_t kTerms>
HWY_INLINE V horner(V x, const double (&c)[kTerms]) {
  const Wide d;
  V sum = hn::Set(d, c[kTerms - 1]);
  for (std::size_t k = kTerms - 1; k-- > 0;) sum = hn::MulAdd(sum, x, hn::Set(d, c[k]));
  return sum;
}

HWY_INLINE V load(const double* x) {
  return hn::LoadU(Wide(), x);
}
HWY_INLINE V load(const float* x) {
  const hn::Rebind<float, Wide> narrow;
  return hn::PromoteTo(Wide(), hn::LoadU(narrow, x));
}
HWY_INLINE void store(V v, double* y) {
  hn::StoreU(v, Wide(), y);
}
HWY_INLINE void store(V v, float* y) {
  const hn::Rebind<float, Wide> narrow;
  hn::StoreU(hn::DemoteTo(narrow, v), narrow, y);
}

// The vector `fast`, but scalar(a, b) in the lanes where it does not hold.
template <class Mask, class Scalar>
HWY_INLINE V mended(V fast, Mask holds, V a, V b, const Scalar& scalar) {
  const Wide d;
  if (HWY_LIKELY(hn::AllTrue(d, holds))) return fast;
  HWY_ALIGN double as[kLanes], bs[kLanes], ys[kLanes];
  hn::Store(a, d, as);
  hn::Store(b, d, bs);
  for (std::size_t i = 0; i < kLanes; ++i) ys[i] = scalar(as[i], bs[i]);
  return hn::IfThenElse(holds, fast, hn::Load(d, ys));
}

// Neither is NaN, nor are they opposite infinities.
HWY_INLINE hn::Mask<Wide> is_number(V a, V b) {
  const V sum = hn::Add(a, b);
  return hn::Eq(sum, sum);
}

HWY_INLINE V magnitude_of(V re, V im) {
  const Wide d;
  const V larger = hn::Max(hn::Abs(re), hn::Abs(im));
  const V fast = hn::Sqrt(hn::MulAdd(re, re, hn::Mul(im, im)));
  // Squares of others leave float64.
  const auto is_small = hn::Lt(larger, hn::Set(d, 1e-140));
  const auto is_wrong = hn::And(is_small, hn::Ne(larger, hn::Zero(d)));
  const auto holds =
      hn::AndNot(is_wrong, hn::And(hn::Le(larger, hn::Set(d, 1e150)), is_number(re, im)));
  return mended(fast, holds, re, im, [](double a, double b) { return std::hypot(a, b); });
}

// Of (atan(t) - t) / t^3 by t^2, for t up to tan(pi / 8): relative error of atan 7e-18.
constexpr double kAtan[] = {-0.3333333333333333,  0.1999999999999531,   -0.14285714284622672,
                            0.11111111011736648,  -0.09090904435469936, 0.07692179885093252,
                            -0.06664464999491207, 0.058577464291769785, -0.05083348813999913,
                            0.0391711150977822,   -0.01910292647886329};

// The angle of the smaller to the larger of |re| and |im|, above tan(pi / 8) less a quarter of pi,
// so that one division does for all; then turned into its octant.
HWY_INLINE V phase_of(V re, V im) {
  const Wide d;
  const V x = hn::Abs(re), y = hn::Abs(im);
  const V larger = hn::Max(x, y), smaller = hn::Min(x, y);
  const auto is_high = hn::Gt(smaller, hn::Mul(larger, hn::Set(d, 0.41421356237309503)));
  const V over = hn::IfThenElse(is_high, hn::Sub(smaller, larger), smaller);
  const V under = hn::IfThenElse(is_high, hn::Add(smaller, larger), larger);
  const V t = hn::Div(over, hn::IfThenElse(hn::Eq(under, hn::Zero(d)), hn::Set(d, 1.0), under));
  const V square = hn::Mul(t, t);
  V angle = hn::MulAdd(hn::Mul(t, square), horner(square, kAtan), t);
  angle = hn::Add(angle, hn::IfThenElseZero(is_high, hn::Set(d, 0.7853981633974483)));
  angle = hn::IfThenElse(hn::Gt(y, x), hn::Sub(hn::Set(d, 1.5707963267948966), angle), angle);
  angle = hn::IfNegativeThenElse(re, hn::Sub(hn::Set(d, 3.141592653589793), angle), angle);
  angle = hn::CopySign(angle, im);
  const auto holds = hn::And(hn::Le(larger, hn::Set(d, 1e300)), is_number(re, im));
  return mended(angle, holds, re, im, [](double a, double b) { return std::atan2(b, a); });
}

// (sin(r) - r) / r^3 and (cos(r) - 1 + r^2 / 2) / r^4 by r^2, for r up to pi / 4.
constexpr double kSine[] = {-0.16666666666666666,    0.008333333333333331,
                            -0.00019841269841264821, 2.7557319219150783e-06,
                            -2.5052106167335705e-08, 1.6058521354954986e-10,
                            -7.586094789672621e-13};
constexpr double kCosine[] = {0.041666666666666664,   -0.0013888888888887322,
                              2.4801587298651292e-05, -2.755731721268659e-07,
                              2.0876134024090145e-09, -1.1381754653662937e-11};
// pi / 2 in parts of 33 bits, whose products with the number of quarter turns are exact, and the rest.
constexpr double kQuarter[] = {1.57079632673412561417e+00, 6.07710050630396597660e-11,
                               2.02226624871116645580e-21, 8.47842766036889956997e-32};

struct SineCosine {
  V sine;
  V cosine;
};

HWY_INLINE SineCosine sine_cosine_of(V angle) {
  const Wide d;
  const V turns = hn::Round(hn::Mul(angle, hn::Set(d, 0.6366197723675814)));
  V r = angle;
  for (const double part : kQuarter) r = hn::NegMulAdd(turns, hn::Set(d, part), r);
  const V square = hn::Mul(r, r);
  const V sine = hn::MulAdd(hn::Mul(r, square), horner(square, kSine), r);
  const V cosine = hn::MulAdd(hn::Mul(square, square), horner(square, kCosine),
                              hn::NegMulAdd(hn::Set(d, 0.5), square, hn::Set(d, 1.0)));
  // The number of quarter turns modulo 4, 0 to 3.
  const V quarter =
      hn::Sub(turns, hn::Mul(hn::Set(d, 4.0), hn::Floor(hn::Mul(turns, hn::Set(d, 0.25)))));
  const auto is_two = hn::Eq(quarter, hn::Set(d, 2.0));
  const auto is_odd = hn::Or(hn::Eq(quarter, hn::Set(d, 1.0)), hn::Eq(quarter, hn::Set(d, 3.0)));
  const auto turns_sine = hn::Ge(quarter, hn::Set(d, 2.0));
  const auto turns_cosine = hn::Or(is_two, hn::Eq(quarter, hn::Set(d, 1.0)));
  const V s = hn::IfThenElse(is_odd, cosine, sine), c = hn::IfThenElse(is_odd, sine, cosine);
  SineCosine both{hn::IfThenElse(turns_sine, hn::Neg(s), s),
                  hn::IfThenElse(turns_cosine, hn::Neg(c), c)};
  const auto holds = hn::Le(hn::Abs(angle), hn::Set(d, 1e5));
  both.sine = mended(both.sine, holds, angle, angle, [](double a, double) { return std::sin(a); });
  both.cosine =
      mended(both.cosine, holds, angle, angle, [](double a, double) { return std::cos(a); });
  return both;
}

// Whole vectors, then the rest through padded copies: a value does not depend on its place.
template <typename T, class Op>
HWY_INLINE void over_pairs(const T* a, const T* b, std::size_t count, T* y, const Op& op) {
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(op(load(a + i), load(b + i)), y + i);
  if (i == count) return;
  HWY_ALIGN T rest_a[kLanes] = {}, rest_b[kLanes] = {};
  std::copy(a + i, a + count, rest_a);
  std::copy(b + i, b + count, rest_b);
  store(op(load(rest_a), load(rest_b)), rest_a);
  std::copy(rest_a, rest_a + (count - i), y + i);
}

template <typename T>
HWY_INLINE void magnitudes(const T* re, const T* im, std::size_t count, T* y) {
  over_pairs(re, im, count, y, [](V a, V b) HWY_ATTR { return magnitude_of(a, b); });
}

template <typename T>
HWY_INLINE void phases(const T* re, const T* im, std::size_t count, double scale, T* y) {
  const V by = hn::Set(Wide(), scale);
  over_pairs(re, im, count, y, [by](V a, V b) HWY_ATTR { return hn::Mul(phase_of(a, b), by); });
}

template <typename T>
HWY_INLINE void to_cartesian(const T* magnitude, const T* phase, std::size_t count, double scale,
                             T* re, T* im) {
  const V by = hn::Set(Wide(), scale);
  const auto step = [by](const T* sizes, const T* angles, T* x, T* y) HWY_ATTR {
    const V size = load(sizes);
    const SineCosine both = sine_cosine_of(hn::Div(load(angles), by));
    store(hn::Mul(size, both.cosine), x);
    store(hn::Mul(size, both.sine), y);
  };
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) step(magnitude + i, phase + i, re + i, im + i);
  if (i == count) return;
  HWY_ALIGN T rest_a[kLanes] = {}, rest_b[kLanes] = {};
  std::copy(magnitude + i, magnitude + count, rest_a);
  std::copy(phase + i, phase + count, rest_b);
  step(rest_a, rest_b, rest_a, rest_b);
  std::copy(rest_a, rest_a + (count - i), re + i);
  std::copy(rest_b, rest_b + (count - i), im + i);
}

void MagnitudesWide(const double* re, const double* im, std::size_t count, double* y) {
  magnitudes(re, im, count, y);
}
void MagnitudesNarrow(const float* re, const float* im, std::size_t count, float* y) {
  magnitudes(re, im, count, y);
}
void PhasesWide(const double* re, const double* im, std::size_t count, double scale, double* y) {
  phases(re, im, count, scale, y);
}
void PhasesNarrow(const float* re, const float* im, std::size_t count, double scale, float* y) {
  phases(re, im, count, scale, y);
}
void CartesianWide(const double* magnitude, const double* phase, std::size_t count, double scale,
                   double* re, double* im) {
  to_cartesian(magnitude, phase, count, scale, re, im);
}
void CartesianNarrow(const float* magnitude, const float* phase, std::size_t count, double scale,
                     float* re, float* im) {
  to_cartesian(magnitude, phase, count, scale, re, im);
}

// Real and imaginary parts next to each other; y[i] of values i and i + 1.
void PhaseSteps(const double* z, std::size_t steps, double scale, double* y) {
  const Wide d;
  const V by = hn::Set(d, scale);
  const auto step = [d, by](const double* from, double* to) HWY_ATTR {
    V re, im, next_re, next_im;
    hn::LoadInterleaved2(d, from, re, im);
    hn::LoadInterleaved2(d, from + 2, next_re, next_im);
    const V along = hn::MulAdd(next_re, re, hn::Mul(next_im, im));
    const V across = hn::MulSub(next_im, re, hn::Mul(next_re, im));
    store(hn::Mul(phase_of(along, across), by), to);
  };
  std::size_t i = 0;
  for (; i + kLanes <= steps; i += kLanes) step(z + 2 * i, y + i);
  if (i == steps) return;
  HWY_ALIGN double rest[2 * kLanes + 2] = {};
  HWY_ALIGN double made[kLanes];
  std::copy(z + 2 * i, z + 2 * steps + 2, rest);
  step(rest, made);
  std::copy(made, made + (steps - i), y + i);
}

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(MagnitudesWide);
HWY_EXPORT(MagnitudesNarrow);
HWY_EXPORT(PhasesWide);
HWY_EXPORT(PhasesNarrow);
HWY_EXPORT(CartesianWide);
HWY_EXPORT(CartesianNarrow);
HWY_EXPORT(PhaseSteps);

template <typename T>
void complex_part(ComplexPart part, std::span<const T> re, std::span<const T> im,
                  double angle_scale, std::span<T> y) noexcept {
  const std::size_t count = re.size();
  switch (part) {
    case ComplexPart::kReal: std::copy(re.begin(), re.end(), y.begin()); break;
    case ComplexPart::kImaginary: std::copy(im.begin(), im.end(), y.begin()); break;
    case ComplexPart::kMagnitude:
      if constexpr (sizeof(T) == sizeof(double)) {
        HWY_DYNAMIC_DISPATCH(MagnitudesWide)(re.data(), im.data(), count, y.data());
      } else {
        HWY_DYNAMIC_DISPATCH(MagnitudesNarrow)(re.data(), im.data(), count, y.data());
      }
      break;
    case ComplexPart::kPhase:
      if constexpr (sizeof(T) == sizeof(double)) {
        HWY_DYNAMIC_DISPATCH(PhasesWide)(re.data(), im.data(), count, angle_scale, y.data());
      } else {
        HWY_DYNAMIC_DISPATCH(PhasesNarrow)(re.data(), im.data(), count, angle_scale, y.data());
      }
      break;
  }
}

template <typename T>
void from_polar(std::span<const T> magnitude, std::span<const T> phase, double angle_scale,
                std::span<T> re, std::span<T> im) noexcept {
  if constexpr (sizeof(T) == sizeof(double)) {
    HWY_DYNAMIC_DISPATCH(CartesianWide)
    (magnitude.data(), phase.data(), magnitude.size(), angle_scale, re.data(), im.data());
  } else {
    HWY_DYNAMIC_DISPATCH(CartesianNarrow)
    (magnitude.data(), phase.data(), magnitude.size(), angle_scale, re.data(), im.data());
  }
}

template void complex_part(ComplexPart, std::span<const float>, std::span<const float>, double,
                           std::span<float>) noexcept;
template void complex_part(ComplexPart, std::span<const double>, std::span<const double>, double,
                           std::span<double>) noexcept;
template void from_polar(std::span<const float>, std::span<const float>, double, std::span<float>,
                         std::span<float>) noexcept;
template void from_polar(std::span<const double>, std::span<const double>, double,
                         std::span<double>, std::span<double>) noexcept;

void phase_steps(std::span<const std::complex<double>> z, double angle_scale,
                 std::span<double> y) noexcept {
  if (z.size() < 2) return;
  HWY_DYNAMIC_DISPATCH(PhaseSteps)
  (reinterpret_cast<const double*>(z.data()), z.size() - 1, angle_scale, y.data());
}

double PhaseUnwrapper::next(double phase) noexcept {
  if (!std::isfinite(phase)) return phase;
  if (has_last_) {
    const double step = phase - last_;
    const double half = period_ / 2;
    double inside = step - period_ * std::floor((step + half) / period_);  // [-half, half)
    if (inside == -half && step > 0) inside = half;
    if (std::abs(step) >= half) turns_ += inside - step;
  }
  has_last_ = true;
  last_ = phase;
  return phase + turns_;
}

void unwrap(std::span<const double> x, double period, std::span<double> y) noexcept {
  PhaseUnwrapper unwrapper(period);
  std::transform(x.begin(), x.end(), y.begin(),
                 [&](double phase) { return unwrapper.next(phase); });
}

}  // namespace acq
#endif
