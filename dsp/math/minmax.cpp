#include "dsp/math/minmax.h"

#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/minmax.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

MinMax MinMaxOf(const float* x, std::size_t count) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  MinMax all;
  std::size_t i = 0;
  if (count >= 2 * lanes) {
    auto low0 = hn::LoadU(d, x);
    auto low1 = hn::LoadU(d, x + lanes);
    auto high0 = low0;
    auto high1 = low1;
    auto nan = hn::Or(hn::IsNaN(low0), hn::IsNaN(low1));
    for (i = 2 * lanes; i + 2 * lanes <= count; i += 2 * lanes) {
      const auto a = hn::LoadU(d, x + i);
      const auto b = hn::LoadU(d, x + i + lanes);
      nan = hn::Or(nan, hn::Or(hn::IsNaN(a), hn::IsNaN(b)));
      low0 = hn::Min(low0, a);
      low1 = hn::Min(low1, b);
      high0 = hn::Max(high0, a);
      high1 = hn::Max(high1, b);
    }
    if (hn::AllFalse(d, nan)) {
      all.min = hn::GetLane(hn::MinOfLanes(d, hn::Min(low0, low1)));
      all.max = hn::GetLane(hn::MaxOfLanes(d, hn::Max(high0, high1)));
    } else {
      all.min = all.max = std::numeric_limits<float>::quiet_NaN();
    }
  }
  for (; i < count; ++i) all.add({x[i], x[i]});
  return all;
}

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(MinMaxOf);

MinMax minmax_of(const float* x, std::size_t count) noexcept {
  return HWY_DYNAMIC_DISPATCH(MinMaxOf)(x, count);
}

}  // namespace acq
#endif
