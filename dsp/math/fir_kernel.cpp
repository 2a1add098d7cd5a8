#include "dsp/math/fir_kernel.h"

#include <algorithm>

#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/fir_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
constexpr std::size_t kLanes = HWY_LANES(float);
static_assert(kLanes <= kFirSlack);

// Taps one vector apart meet the same loads: up to this many share them.
constexpr std::size_t kShared = 4;
// Vectors of output summed at once: as many as keep the multipliers busy and fit the registers.
constexpr std::size_t kTile = HWY_TARGET == HWY_AVX3 ? 16 : 8;

// Loads into a register once: without it the compiler repeats the load within each multiply-add,
// and loads that cross a cache line are what limits the speed.
HWY_INLINE V load_once(const float* x) {
  V value = hn::LoadU(D(), x);
#if HWY_TARGET == HWY_AVX3
  asm("" : "+v"(value.raw));
#elif HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_SSE4
  asm("" : "+x"(value.raw));
#endif
  return value;
}

// Adds the products of `Shared` taps, kLanes apart, to a tile of `Tile` vectors.
template <std::size_t Tile, std::size_t Shared>
HWY_INLINE void add_products(const float* x, const float* taps, V (&sum)[Tile]) {
  const D d;
  V tap[Shared];
#pragma GCC unroll 4
  for (std::size_t m = 0; m < Shared; ++m) tap[m] = hn::Set(d, taps[m * kLanes]);
#pragma GCC unroll 20
  for (std::size_t k = 0; k < Tile + Shared - 1; ++k) {
    const V value = load_once(x + k * kLanes);
#pragma GCC unroll 4
    for (std::size_t m = 0; m < Shared; ++m) {
      if (k >= m && k - m < Tile) sum[k - m] = hn::MulAdd(tap[m], value, sum[k - m]);
    }
  }
}

// Tile * kLanes outputs from one part: groups of taps kLanes apart, kShared of them at a time.
template <std::size_t Tile>
HWY_INLINE void add_part(const FirPart& part, std::size_t at, V (&sum)[Tile]) {
  for (std::size_t first = 0; first < part.count; first += kShared * kLanes) {
    const std::size_t last = std::min(part.count, first + kLanes);
    for (std::size_t j = first; j < last; ++j) {
      const float* x = part.x + at + j;
      const float* taps = part.taps + j;
      switch ((part.count - j - 1) / kLanes) {
        case 0: add_products<Tile, 1>(x, taps, sum); break;
        case 1: add_products<Tile, 2>(x, taps, sum); break;
        case 2: add_products<Tile, 3>(x, taps, sum); break;
        default: add_products<Tile, kShared>(x, taps, sum); break;
      }
    }
  }
}

template <std::size_t Tile>
HWY_INLINE std::size_t tiles(const FirPart* parts, std::size_t part_count, std::size_t at, float* y,
                             std::size_t count) {
  const D d;
  for (; at + Tile * kLanes <= count; at += Tile * kLanes) {
    V sum[Tile];
#pragma GCC unroll 16
    for (std::size_t v = 0; v < Tile; ++v) sum[v] = hn::Zero(d);
    for (std::size_t p = 0; p < part_count; ++p) add_part<Tile>(parts[p], at, sum);
#pragma GCC unroll 16
    for (std::size_t v = 0; v < Tile; ++v) hn::StoreU(sum[v], d, y + at + v * kLanes);
  }
  return at;
}

void FirSum(const FirPart* parts, std::size_t part_count, float* y, std::size_t count) {
  std::size_t at = tiles<kTile>(parts, part_count, 0, y, count);
  at = tiles<kTile / 4>(parts, part_count, at, y, count);
  at = tiles<1>(parts, part_count, at, y, count);
  if (at == count) return;
  const D d;
  V sum[1] = {hn::Zero(d)};
  for (std::size_t p = 0; p < part_count; ++p) add_part<1>(parts[p], at, sum);
  HWY_ALIGN float rest[kLanes];
  hn::Store(sum[0], d, rest);
  std::copy(rest, rest + (count - at), y + at);
}

void FirDots(const float* x, const float* taps, std::size_t tap_count, std::size_t step, float* y,
             std::size_t count) {
  const D d;
  for (std::size_t i = 0; i < count; ++i, x += step) {
    V sum[4] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
    std::size_t j = 0;
    for (; j + 4 * kLanes <= tap_count; j += 4 * kLanes) {
#pragma GCC unroll 4
      for (std::size_t k = 0; k < 4; ++k) {
        const std::size_t at = j + k * kLanes;
        sum[k] = hn::MulAdd(hn::LoadU(d, taps + at), hn::LoadU(d, x + at), sum[k]);
      }
    }
    for (; j + kLanes <= tap_count; j += kLanes) {
      sum[0] = hn::MulAdd(hn::LoadU(d, taps + j), hn::LoadU(d, x + j), sum[0]);
    }
    V total = hn::Add(hn::Add(sum[0], sum[1]), hn::Add(sum[2], sum[3]));
    float rest = 0;
    for (; j < tap_count; ++j) rest += taps[j] * x[j];
    y[i] = hn::GetLane(hn::SumOfLanes(d, total)) + rest;
  }
}

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(FirSum);
HWY_EXPORT(FirDots);

void fir_sum(std::span<const FirPart> parts, float* y, std::size_t count) noexcept {
  HWY_DYNAMIC_DISPATCH(FirSum)(parts.data(), parts.size(), y, count);
}

void fir_dots(const FirPart& part, std::size_t step, float* y, std::size_t count) noexcept {
  HWY_DYNAMIC_DISPATCH(FirDots)(part.x, part.taps, part.count, step, y, count);
}

}  // namespace acq
#endif
