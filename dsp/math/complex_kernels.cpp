#include "dsp/math/complex_kernels.h"

#include <cmath>
#include <limits>

#include <cstddef>

#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/complex_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#include "dsp/math/elementary.inc"

// Of (re, im) pairs: `count` is of numbers, twice that of pairs.
template <typename T>
HWY_INLINE void multiply_pairs(T* x, const T* h, std::size_t count) {
  std::size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::ScalableTag<T> d;
  const std::size_t lanes = hn::Lanes(d);
  for (; i + lanes <= count; i += lanes) {
    const auto a = hn::LoadU(d, x + i);
    const auto b = hn::LoadU(d, h + i);
    const auto by_re = hn::Mul(hn::DupEven(a), b);
    const auto swapped = hn::Reverse2(d, b);
    const auto im = hn::DupOdd(a);
    hn::StoreU(hn::OddEven(hn::MulAdd(im, swapped, by_re), hn::NegMulAdd(im, swapped, by_re)), d,
               x + i);
  }
#endif
  for (; i < count; i += 2) {
    const T re = x[i] * h[i] - x[i + 1] * h[i + 1];
    x[i + 1] = x[i] * h[i + 1] + x[i + 1] * h[i];
    x[i] = re;
  }
}

void MultiplyF32(float* x, const float* h, std::size_t count) {
  multiply_pairs(x, h, count);
}
void MultiplyF64(double* x, const double* h, std::size_t count) {
  multiply_pairs(x, h, count);
}

template <typename T>
HWY_INLINE void interleave_all(const T* re, const T* im, std::size_t count, T* z) {
  std::size_t k = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::ScalableTag<T> d;
  for (; k + hn::Lanes(d) <= count; k += hn::Lanes(d)) {
    hn::StoreInterleaved2(hn::LoadU(d, re + k), hn::LoadU(d, im + k), d, z + 2 * k);
  }
#endif
  for (; k < count; ++k) {
    z[2 * k] = re[k];
    z[2 * k + 1] = im[k];
  }
}

template <typename T>
HWY_INLINE void deinterleave_all(const T* z, std::size_t count, T* re, T* im) {
  std::size_t k = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::ScalableTag<T> d;
  for (; k + hn::Lanes(d) <= count; k += hn::Lanes(d)) {
    hn::Vec<decltype(d)> a, b;
    hn::LoadInterleaved2(d, z + 2 * k, a, b);
    hn::StoreU(a, d, re + k);
    hn::StoreU(b, d, im + k);
  }
#endif
  for (; k < count; ++k) {
    re[k] = z[2 * k];
    im[k] = z[2 * k + 1];
  }
}

void InterleaveF32(const float* re, const float* im, std::size_t count, float* z) {
  interleave_all(re, im, count, z);
}
void InterleaveF64(const double* re, const double* im, std::size_t count, double* z) {
  interleave_all(re, im, count, z);
}
void DeinterleaveF32(const float* z, std::size_t count, float* re, float* im) {
  deinterleave_all(z, count, re, im);
}
void DeinterleaveF64(const double* z, std::size_t count, double* re, double* im) {
  deinterleave_all(z, count, re, im);
}

double log_magnitude_of(double re, double im, double least) {
  const double size = std::hypot(re, im);
  return std::log(size < least ? least : size);
}

void LogMagnitudes(double* z, std::size_t count, double least, double scale) {
  std::size_t k = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::ScalableTag<double> d;
  constexpr std::size_t kLanes = hn::MaxLanes(d);
  // Squares of others may leave float64.
  const auto low = hn::Set(d, 1e-280), high = hn::Set(d, 1e280);
  const auto floor = hn::Set(d, std::log(least));
  for (; k + kLanes <= count; k += kLanes) {
    hn::Vec<decltype(d)> re, im;
    hn::LoadInterleaved2(d, z + 2 * k, re, im);
    const auto power = hn::MulAdd(re, re, hn::Mul(im, im));
    const auto holds = hn::And(hn::Ge(power, low), hn::Le(power, high));
    auto level = hn::Mul(hn::Set(d, 0.5), ln_of_normal(d, power));
    if (HWY_UNLIKELY(!hn::AllTrue(d, holds))) {
      HWY_ALIGN double each[kLanes];
      for (std::size_t i = 0; i < kLanes; ++i) {
        each[i] = log_magnitude_of(z[2 * (k + i)], z[2 * (k + i) + 1], least);
      }
      level = hn::Load(d, each);
    }
    level = hn::IfThenElse(hn::Lt(level, floor), floor, level);
    hn::StoreInterleaved2(hn::Mul(level, hn::Set(d, scale)), hn::Zero(d), d, z + 2 * k);
  }
#endif
  for (; k < count; ++k) {
    z[2 * k] = scale * log_magnitude_of(z[2 * k], z[2 * k + 1], least);
    z[2 * k + 1] = 0;
  }
}

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(MultiplyF32);
HWY_EXPORT(MultiplyF64);
HWY_EXPORT(InterleaveF32);
HWY_EXPORT(InterleaveF64);
HWY_EXPORT(DeinterleaveF32);
HWY_EXPORT(DeinterleaveF64);
HWY_EXPORT(LogMagnitudes);

void multiply(std::span<std::complex<float>> x, std::span<const std::complex<float>> h) noexcept {
  HWY_DYNAMIC_DISPATCH(MultiplyF32)
  (reinterpret_cast<float*>(x.data()), reinterpret_cast<const float*>(h.data()), 2 * x.size());
}

void multiply(std::span<std::complex<double>> x, std::span<const std::complex<double>> h) noexcept {
  HWY_DYNAMIC_DISPATCH(MultiplyF64)
  (reinterpret_cast<double*>(x.data()), reinterpret_cast<const double*>(h.data()), 2 * x.size());
}

void interleave(const float* re, const float* im, std::span<std::complex<float>> z) noexcept {
  HWY_DYNAMIC_DISPATCH(InterleaveF32)(re, im, z.size(), reinterpret_cast<float*>(z.data()));
}

void interleave(const double* re, const double* im, std::span<std::complex<double>> z) noexcept {
  HWY_DYNAMIC_DISPATCH(InterleaveF64)(re, im, z.size(), reinterpret_cast<double*>(z.data()));
}

void deinterleave(std::span<const std::complex<float>> z, float* re, float* im) noexcept {
  HWY_DYNAMIC_DISPATCH(DeinterleaveF32)
  (reinterpret_cast<const float*>(z.data()), z.size(), re, im);
}

void deinterleave(std::span<const std::complex<double>> z, double* re, double* im) noexcept {
  HWY_DYNAMIC_DISPATCH(DeinterleaveF64)
  (reinterpret_cast<const double*>(z.data()), z.size(), re, im);
}

void log_magnitudes(std::span<std::complex<double>> z, double least, double scale) noexcept {
  HWY_DYNAMIC_DISPATCH(LogMagnitudes)
  (reinterpret_cast<double*>(z.data()), z.size(), least, scale);
}

}  // namespace acq
#endif
