#include "dsp/math/faddeeva.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/faddeeva.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef ACQ_FADDEEVA_SERIES
#define ACQ_FADDEEVA_SERIES
namespace acq {

// Weideman's series: its scale L and the coefficients of the powers of (L + iz) / (L - iz).
struct FaddeevaSeries {
  static constexpr std::size_t kTerms = 48;
  double scale = std::sqrt(static_cast<double>(kTerms) / std::numbers::sqrt2);
  std::array<double, kTerms> coefficients{};
};

}  // namespace acq
#endif

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Wide = hn::ScalableTag<double>;
using V = hn::Vec<Wide>;

struct Complex {
  V re;
  V im;
};

HWY_INLINE Complex times(const Complex& a, const Complex& b) {
  return {hn::NegMulAdd(a.im, b.im, hn::Mul(a.re, b.re)),
          hn::MulAdd(a.re, b.im, hn::Mul(a.im, b.re))};
}

HWY_INLINE Complex inverse(const Complex& a) {
  const V size = hn::MulAdd(a.re, a.re, hn::Mul(a.im, a.im));
  return {hn::Div(a.re, size), hn::Neg(hn::Div(a.im, size))};
}

HWY_INLINE Complex near_by(const FaddeevaSeries& series, const Complex& z) {
  const Wide d;
  const V scale = hn::Set(d, series.scale);
  const Complex below = inverse({hn::Add(scale, z.im), hn::Neg(z.re)});
  const Complex ratio = times({hn::Sub(scale, z.im), z.re}, below);
  Complex sum{hn::Zero(d), hn::Zero(d)};
  for (std::size_t n = FaddeevaSeries::kTerms; n-- > 0;) {
    const V re = hn::MulAdd(sum.re, ratio.re, hn::Set(d, series.coefficients[n]));
    const V im = hn::Mul(sum.im, ratio.re);
    sum = {hn::NegMulAdd(sum.im, ratio.im, re), hn::MulAdd(sum.re, ratio.im, im)};
  }
  const V two = hn::Set(d, 2.0);
  const Complex terms = times(sum, below);
  return times(
      {hn::MulAdd(two, terms.re, hn::Set(d, std::numbers::inv_sqrtpi)), hn::Mul(two, terms.im)},
      below);
}

// 0 where |z|^2 leaves float64.
HWY_INLINE Complex far_out(const Complex& z) {
  const Wide d;
  constexpr int kDepth = 12;
  Complex fraction = z;
  for (int k = kDepth; k >= 1; --k) {
    const Complex part = inverse(fraction);
    const V half = hn::Set(d, -0.5 * k);
    fraction = {hn::MulAdd(half, part.re, z.re), hn::MulAdd(half, part.im, z.im)};
  }
  const Complex part = inverse(fraction);
  const V scale = hn::Set(d, std::numbers::inv_sqrtpi);
  return {hn::Neg(hn::Mul(scale, part.im)), hn::Mul(scale, part.re)};
}

HWY_INLINE Complex value_of(const FaddeevaSeries& series, const Complex& z) {
  const Wide d;
  const V size = hn::MulAdd(z.re, z.re, hn::Mul(z.im, z.im));
  const auto is_far = hn::Gt(size, hn::Set(d, 100.0));
  if (hn::AllFalse(d, is_far)) return near_by(series, z);
  const Complex far = far_out(z);
  if (hn::AllTrue(d, is_far)) return far;
  const Complex near = near_by(series, z);
  return {hn::IfThenElse(is_far, far.re, near.re), hn::IfThenElse(is_far, far.im, near.im)};
}

// Real and imaginary parts next to each other; the rest goes through a padded copy.
void Faddeeva(const FaddeevaSeries& series, const double* z, std::size_t count, double* w) {
  const Wide d;
  constexpr std::size_t kLanes = HWY_LANES(double);
  const auto step = [&](const double* from, double* to) HWY_ATTR {
    Complex value;
    hn::LoadInterleaved2(d, from, value.re, value.im);
    const Complex made = value_of(series, value);
    hn::StoreInterleaved2(made.re, made.im, d, to);
  };
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) step(z + 2 * i, w + 2 * i);
  if (i == count) return;
  HWY_ALIGN double rest[2 * kLanes] = {};
  std::copy(z + 2 * i, z + 2 * count, rest);
  step(rest, rest);
  std::copy(rest, rest + 2 * (count - i), w + 2 * i);
}

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(Faddeeva);

namespace {

// The Fourier coefficients of exp(-t^2) (L^2 + t^2) on t = L tan(theta / 2), by the trapezoidal rule.
FaddeevaSeries make_series() noexcept {
  constexpr int kPoints = 4 * static_cast<int>(FaddeevaSeries::kTerms);
  FaddeevaSeries series;
  for (std::size_t n = 0; n < FaddeevaSeries::kTerms; ++n) {
    double sum = 0;
    for (int k = 1 - kPoints / 2; k < kPoints / 2; ++k) {
      const double theta = 2 * std::numbers::pi * k / kPoints;
      const double t = series.scale * std::tan(theta / 2);
      sum += std::exp(-t * t) * (series.scale * series.scale + t * t) *
             std::cos(static_cast<double>(n + 1) * theta);
    }
    series.coefficients[n] = sum / kPoints;
  }
  return series;
}

const FaddeevaSeries kSeries = make_series();

}  // namespace

std::complex<double> faddeeva(std::complex<double> z) noexcept {
  faddeeva({&z, 1}, {&z, 1});
  return z;
}

void faddeeva(std::span<const std::complex<double>> z, std::span<std::complex<double>> w) noexcept {
  HWY_DYNAMIC_DISPATCH(Faddeeva)
  (kSeries, reinterpret_cast<const double*>(z.data()), z.size(),
   reinterpret_cast<double*>(w.data()));
}

}  // namespace acq
#endif
