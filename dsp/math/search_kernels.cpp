#include "dsp/math/search_kernels.h"

#include <algorithm>

#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/search_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Wide = hn::ScalableTag<double>;
using V = hn::Vec<Wide>;
constexpr std::size_t kLanes = HWY_LANES(double);

HWY_INLINE V load(const double* x) {
  return hn::LoadU(Wide(), x);
}
HWY_INLINE V load(const float* x) {
  return hn::PromoteTo(Wide(), hn::LoadU(hn::Rebind<float, Wide>(), x));
}

template <typename T>
HWY_INLINE void place_all(const BinEdges& bins, const T* x, std::size_t count,
                          std::int64_t* slots) {
  const Wide d;
  const hn::RebindToSigned<Wide> di;
  const double* const edges = bins.edges.data();
  const auto last = static_cast<std::int64_t>(bins.edges.size()) - 2;
  const V lower = hn::Set(d, edges[0]), upper = hn::Set(d, edges[last + 1]);
  const V most = hn::Set(d, static_cast<double>(last)), slack = hn::Set(d, bins.slack);
  const V per_unit = hn::Set(d, bins.bins_per_unit);
  const auto one = hn::Set(di, 1);
  const auto place = [&](const T* from, std::int64_t* to) HWY_ATTR {
    const V v = load(from);
    const V bin = hn::Mul(hn::Sub(v, lower), per_unit);
    auto slot = hn::Add(hn::ConvertTo(di, hn::Min(hn::Max(bin, hn::Zero(d)), most)), one);
    const auto is_beside = hn::Le(hn::Abs(hn::Sub(bin, hn::Round(bin))), slack);
    if (HWY_UNLIKELY(!hn::AllFalse(d, is_beside))) {
      const auto is_before = hn::Lt(v, hn::GatherIndex(d, edges - 1, slot));
      slot = hn::IfThenElse(hn::RebindMask(di, is_before), hn::Sub(slot, one), slot);
      const auto is_behind = hn::And(hn::Ge(v, hn::GatherIndex(d, edges, slot)), hn::Lt(v, upper));
      slot = hn::IfThenElse(hn::RebindMask(di, is_behind), hn::Add(slot, one), slot);
    }
    const auto is_inside = hn::And(hn::Ge(v, lower), hn::Le(v, upper));
    if (HWY_UNLIKELY(!hn::AllTrue(d, is_inside))) {
      const auto put = [&](auto mask, std::int64_t where) HWY_ATTR {
        slot = hn::IfThenElse(hn::RebindMask(di, mask), hn::Set(di, where), slot);
      };
      put(hn::Lt(v, lower), 0);
      put(hn::Gt(v, upper), last + 2);
      put(hn::IsNaN(v), last + 3);
    }
    hn::StoreU(slot, di, to);
  };
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) place(x + i, slots + i);
  if (i == count) return;
  HWY_ALIGN T rest[kLanes] = {};
  HWY_ALIGN std::int64_t made[kLanes];
  std::copy(x + i, x + count, rest);
  place(rest, made);
  std::copy(made, made + (count - i), slots + i);
}

void PlaceNarrow(const BinEdges& bins, const float* x, std::size_t count, std::int64_t* slots) {
  place_all(bins, x, count, slots);
}
void PlaceWide(const BinEdges& bins, const double* x, std::size_t count, std::int64_t* slots) {
  place_all(bins, x, count, slots);
}

// The piece of a place, looked for from `piece` on. How many of the next values are up to a place is one
// comparison and no branch: where places are not as even as the values, a branch would go wrong for most of them.
HWY_INLINE std::size_t piece_at(const double* x, std::size_t size, std::size_t piece, double at) {
  constexpr int kMostSteps = 4;
  const Wide d;
  const V place = hn::Set(d, at);
  const std::size_t last = size - 2;
  bool is_found = piece == last && x[piece] <= at;
  if (piece == 0 || x[piece] <= at) {
    for (int step = 0; step < kMostSteps && piece + kLanes <= last && !is_found; ++step) {
      const std::size_t passed = hn::CountTrue(d, hn::Le(hn::LoadU(d, x + piece + 1), place));
      piece += passed;
      is_found = passed < kLanes;
    }
  }
  if (HWY_LIKELY(is_found)) return piece;
  return static_cast<std::size_t>(std::upper_bound(x + 1, x + size - 1, at) - x) - 1;
}

// Several parts at once: a search begins where the last one of its part ended, and would wait for it.
std::size_t FindPieces(const double* x, std::size_t size, std::size_t piece, const double* places,
                       std::size_t count, std::size_t* pieces) {
  constexpr std::size_t kParts = 4;
  constexpr std::size_t kLeast = 64;  // in a part, whose first place is looked for anywhere
  const std::size_t part = count / kParts < kLeast ? 0 : count / kParts;
  std::size_t at[kParts] = {piece, 0, 0, 0};
  for (std::size_t i = 0; i < part; ++i) {
    for (std::size_t p = 0; p < kParts; ++p) {
      const std::size_t k = p * part + i;
      pieces[k] = at[p] = piece_at(x, size, at[p], places[k]);
    }
  }
  piece = at[part == 0 ? 0 : kParts - 1];
  for (std::size_t i = kParts * part; i < count; ++i) {
    pieces[i] = piece = piece_at(x, size, piece, places[i]);
  }
  return piece;
}

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(PlaceNarrow);
HWY_EXPORT(PlaceWide);
HWY_EXPORT(FindPieces);

void place_in_bins(const BinEdges& bins, const float* x, std::size_t count,
                   std::int64_t* slots) noexcept {
  HWY_DYNAMIC_DISPATCH(PlaceNarrow)(bins, x, count, slots);
}

void place_in_bins(const BinEdges& bins, const double* x, std::size_t count,
                   std::int64_t* slots) noexcept {
  HWY_DYNAMIC_DISPATCH(PlaceWide)(bins, x, count, slots);
}

std::size_t find_pieces(std::span<const double> x, std::size_t piece, const double* places,
                        std::size_t count, std::size_t* pieces) noexcept {
  return HWY_DYNAMIC_DISPATCH(FindPieces)(x.data(), x.size(), piece, places, count, pieces);
}

}  // namespace acq
#endif
