#include "dsp/math/extrema.h"

#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/extrema.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<float, 16>;
using IndexTag = hn::RebindToUnsigned<Tag>;

// Appends the indices at + lane of the lanes in `mask`. Writes a whole vector, hence the room asked for.
template <class Mask>
HWY_INLINE std::size_t append(Mask mask, std::size_t at, std::uint32_t* to) {
  const IndexTag d;
  const auto indices = hn::Iota(d, static_cast<std::uint32_t>(at));
  hn::StoreU(hn::Compress(indices, hn::RebindMask(d, mask)), d, to);
  return hn::CountTrue(d, hn::RebindMask(d, mask));
}

// The maximum that begins at i, if there is one: the index of its last value, else 0.
HWY_INLINE std::size_t end_of_maximum(const float* x, std::size_t count, std::size_t i) {
  if (!(x[i - 1] < x[i])) return 0;
  std::size_t ahead = i + 1;
  while (ahead + 1 < count && x[ahead] == x[i]) ++ahead;
  return x[ahead] < x[i] ? ahead - 1 : 0;
}

std::size_t FindMaxima(const float* x, std::size_t count, float height, std::uint32_t* first,
                       std::uint32_t* last) {
  const Tag d;
  const std::size_t lanes = hn::Lanes(d);
  const auto least = hn::Set(d, height);
  std::size_t found = 0;
  std::size_t i = 1;
  const auto one_by_one = [&](std::size_t end) {
    for (; i < end; ++i) {
      const std::size_t top_end = end_of_maximum(x, count, i);
      if (top_end == 0 || !(x[i] >= height)) continue;
      first[found] = static_cast<std::uint32_t>(i);
      last[found++] = static_cast<std::uint32_t>(top_end);
    }
  };
  while (i + lanes < count) {
    const auto middle = hn::LoadU(d, x + i);
    const auto behind = hn::LoadU(d, x + i + 1);
    const auto rises = hn::Lt(hn::LoadU(d, x + i - 1), middle);
    if (HWY_UNLIKELY(!hn::AllFalse(d, hn::And(rises, hn::Eq(middle, behind))))) {
      one_by_one(i + lanes);  // a flat top begins here, perhaps
      continue;
    }
    const auto is_top = hn::And(hn::And(rises, hn::Gt(middle, behind)), hn::Ge(middle, least));
    append(is_top, i, last + found);
    found += append(is_top, i, first + found);
    i += lanes;
  }
  if (count > 0) one_by_one(count - 1);
  return found;
}

std::size_t FindMinima(const float* x, std::size_t count, std::uint32_t* index) {
  const Tag d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t found = 0;
  std::size_t i = 1;
  for (; i + lanes < count; i += lanes) {
    const auto middle = hn::LoadU(d, x + i);
    const auto is_low =
        hn::And(hn::Gt(hn::LoadU(d, x + i - 1), middle), hn::Le(middle, hn::LoadU(d, x + i + 1)));
    found += append(is_low, i, index + found);
  }
  for (; i + 1 < count; ++i) {
    if (x[i - 1] > x[i] && x[i] <= x[i + 1]) index[found++] = static_cast<std::uint32_t>(i);
  }
  return found;
}

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(FindMaxima);
HWY_EXPORT(FindMinima);

std::size_t find_maxima(const float* x, std::size_t count, float height, std::uint32_t* first,
                        std::uint32_t* last) noexcept {
  return HWY_DYNAMIC_DISPATCH(FindMaxima)(x, count, height, first, last);
}

std::size_t find_minima(const float* x, std::size_t count, std::uint32_t* index) noexcept {
  return HWY_DYNAMIC_DISPATCH(FindMinima)(x, count, index);
}

}  // namespace acq
#endif
