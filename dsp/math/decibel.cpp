#include "dsp/math/decibel.h"

#include <algorithm>
#include <limits>

#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/decibel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#include "dsp/math/elementary.inc"

void ToDb(float* x, std::size_t count) {
  const hn::ScalableTag<float> d;
  const auto least = hn::Set(d, std::numeric_limits<float>::min());
  const auto step = [&](float* p) HWY_ATTR {
    const auto power = hn::LoadU(d, p);
    hn::StoreU(decibels_of<1>(d, hn::IfThenElse(hn::Lt(power, least), least, power)), d, p);
  };
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) step(x + i);
  if (i == count) return;
  HWY_ALIGN float rest[kMostFloatLanes];
  std::fill(std::copy(x + i, x + count, rest), rest + kMostFloatLanes, 1.0F);
  step(rest);
  std::copy(rest, rest + (count - i), x + i);
}

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(ToDb);

void to_db(std::span<float> powers) noexcept {
  HWY_DYNAMIC_DISPATCH(ToDb)(powers.data(), powers.size());
}

}  // namespace acq
#endif
