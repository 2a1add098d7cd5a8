#include "dsp/math/spectrum_kernels.h"

#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/spectrum_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// The sum of term(x[i]) in float64, in four independent parts.
template <class Term, class ScalarTerm>
HWY_INLINE double sum_terms(const float* x, std::size_t count, const Term& term,
                            const ScalarTerm& scalar_term) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> narrow;
  const std::size_t lanes = hn::Lanes(d);
  auto sum0 = hn::Zero(d);
  auto sum1 = hn::Zero(d);
  auto sum2 = hn::Zero(d);
  auto sum3 = hn::Zero(d);
  const auto load = [&](std::size_t i)
                        HWY_ATTR { return hn::PromoteTo(d, hn::LoadU(narrow, x + i)); };
  std::size_t i = 0;
  for (; i + 4 * lanes <= count; i += 4 * lanes) {
    sum0 = term(load(i), sum0);
    sum1 = term(load(i + lanes), sum1);
    sum2 = term(load(i + 2 * lanes), sum2);
    sum3 = term(load(i + 3 * lanes), sum3);
  }
  double rest = 0;
  for (; i < count; ++i) rest += scalar_term(static_cast<double>(x[i]));
  return rest + hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(sum0, sum1), hn::Add(sum2, sum3))));
}

double Sum(const float* x, std::size_t count) {
  return sum_terms(
      x, count, [](auto value, auto sum) HWY_ATTR { return hn::Add(sum, value); },
      [](double value) { return value; });
}

double SumOfSquares(const float* x, double mean, std::size_t count) {
  const auto m = hn::Set(hn::ScalableTag<double>(), mean);
  return sum_terms(
      x, count,
      [m](auto value, auto sum) HWY_ATTR {
        const auto deviation = hn::Sub(value, m);
        return hn::MulAdd(deviation, deviation, sum);
      },
      [mean](double value) { return (value - mean) * (value - mean); });
}

void ApplyWindow(const float* x, float mean, const float* window, std::size_t count, float* out) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto m = hn::Set(d, mean);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto centred = hn::Sub(hn::LoadU(d, x + i), m);
    hn::StoreU(hn::Mul(centred, hn::LoadU(d, window + i)), d, out + i);
  }
  for (; i < count; ++i) out[i] = (x[i] - mean) * window[i];
}

void ApplyWindowPair(const float* a, float mean_a, const float* b, float mean_b,
                     const float* window, std::size_t count, float* out) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto ma = hn::Set(d, mean_a);
  const auto mb = hn::Set(d, mean_b);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto w = hn::LoadU(d, window + i);
    const auto re = hn::Mul(hn::Sub(hn::LoadU(d, a + i), ma), w);
    const auto im = hn::Mul(hn::Sub(hn::LoadU(d, b + i), mb), w);
    hn::StoreInterleaved2(re, im, d, out + 2 * i);
  }
  for (; i < count; ++i) {
    out[2 * i] = (a[i] - mean_a) * window[i];
    out[2 * i + 1] = (b[i] - mean_b) * window[i];
  }
}

void AddPower(const float* z, std::size_t count, float* power) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::Vec<decltype(d)> re;
    hn::Vec<decltype(d)> im;
    hn::LoadInterleaved2(d, z + 2 * i, re, im);
    const auto before = hn::LoadU(d, power + i);
    hn::StoreU(hn::MulAdd(re, re, hn::MulAdd(im, im, before)), d, power + i);
  }
  for (; i < count; ++i) power[i] += z[2 * i] * z[2 * i] + z[2 * i + 1] * z[2 * i + 1];
}

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(Sum);
HWY_EXPORT(SumOfSquares);
HWY_EXPORT(ApplyWindow);
HWY_EXPORT(ApplyWindowPair);
HWY_EXPORT(AddPower);

double sum(const float* x, std::size_t count) noexcept {
  return HWY_DYNAMIC_DISPATCH(Sum)(x, count);
}

double sum_of_squares(const float* x, double mean, std::size_t count) noexcept {
  return HWY_DYNAMIC_DISPATCH(SumOfSquares)(x, mean, count);
}

void apply_window(const float* x, float mean, const float* window, std::size_t count,
                  float* out) noexcept {
  HWY_DYNAMIC_DISPATCH(ApplyWindow)(x, mean, window, count, out);
}

// std::complex<float> is an array of two floats by the standard ([complex.numbers.general]).
void apply_window_pair(const float* a, float mean_a, const float* b, float mean_b,
                       const float* window, std::size_t count, std::complex<float>* out) noexcept {
  HWY_DYNAMIC_DISPATCH(ApplyWindowPair)
  (a, mean_a, b, mean_b, window, count, reinterpret_cast<float*>(out));
}

void add_power(const std::complex<float>* z, std::size_t count, float* power) noexcept {
  HWY_DYNAMIC_DISPATCH(AddPower)(reinterpret_cast<const float*>(z), count, power);
}

}  // namespace acq
#endif
