#include "dsp/math/elementwise.h"

#include <algorithm>

#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/elementwise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

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

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(ScaleAndOffset);
HWY_EXPORT(Polynomial);

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

}  // namespace acq
#endif
