#include "dsp/math/complex_kernels.h"

#include <cstddef>

#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/complex_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

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

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(MultiplyF32);
HWY_EXPORT(MultiplyF64);

void multiply(std::span<std::complex<float>> x, std::span<const std::complex<float>> h) noexcept {
  HWY_DYNAMIC_DISPATCH(MultiplyF32)
  (reinterpret_cast<float*>(x.data()), reinterpret_cast<const float*>(h.data()), 2 * x.size());
}

void multiply(std::span<std::complex<double>> x, std::span<const std::complex<double>> h) noexcept {
  HWY_DYNAMIC_DISPATCH(MultiplyF64)
  (reinterpret_cast<double*>(x.data()), reinterpret_cast<const double*>(h.data()), 2 * x.size());
}

}  // namespace acq
#endif
