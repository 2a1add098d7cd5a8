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

template <typename T>
using Tag = hn::ScalableTag<T>;
template <typename T>
using Vec = hn::Vec<Tag<T>>;
template <typename T>
constexpr std::size_t kLanesOf = HWY_LANES(T);
static_assert(kLanesOf<float> <= kFirSlack);

// Taps one vector apart meet the same loads: up to this many share them.
constexpr std::size_t kShared = 4;
// Vectors of output summed at once: as many as keep the multipliers busy and fit the registers.
constexpr std::size_t kTile = HWY_TARGET == HWY_AVX3 ? 16 : 8;

// Loads into a register once: without it the compiler repeats the load within each multiply-add,
// and loads that cross a cache line are what limits the speed.
template <typename T>
HWY_INLINE Vec<T> load_once(const T* x) {
  Vec<T> value = hn::LoadU(Tag<T>(), x);
#if HWY_TARGET == HWY_AVX3
  asm("" : "+v"(value.raw));
#elif HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_SSE4
  asm("" : "+x"(value.raw));
#endif
  return value;
}

// Adds the products of `Shared` taps, kLanes apart, to a tile of `Tile` vectors.
template <std::size_t Tile, std::size_t Shared, typename T>
HWY_INLINE void add_products(const T* x, const T* taps, Vec<T> (&sum)[Tile]) {
  constexpr std::size_t kLanes = kLanesOf<T>;
  const Tag<T> d;
  Vec<T> tap[Shared];
#pragma GCC unroll 4
  for (std::size_t m = 0; m < Shared; ++m) tap[m] = hn::Set(d, taps[m * kLanes]);
#pragma GCC unroll 20
  for (std::size_t k = 0; k < Tile + Shared - 1; ++k) {
    const Vec<T> value = load_once(x + k * kLanes);
#pragma GCC unroll 4
    for (std::size_t m = 0; m < Shared; ++m) {
      if (k >= m && k - m < Tile) sum[k - m] = hn::MulAdd(tap[m], value, sum[k - m]);
    }
  }
}

// Tile * kLanes outputs from one part: groups of taps kLanes apart, kShared of them at a time.
template <std::size_t Tile, typename T>
HWY_INLINE void add_part(const FirPartOf<T>& part, std::size_t at, Vec<T> (&sum)[Tile]) {
  constexpr std::size_t kLanes = kLanesOf<T>;
  for (std::size_t first = 0; first < part.count; first += kShared * kLanes) {
    const std::size_t last = std::min(part.count, first + kLanes);
    for (std::size_t j = first; j < last; ++j) {
      const T* x = part.x + at + j;
      const T* taps = part.taps + j;
      switch ((part.count - j - 1) / kLanes) {
        case 0: add_products<Tile, 1>(x, taps, sum); break;
        case 1: add_products<Tile, 2>(x, taps, sum); break;
        case 2: add_products<Tile, 3>(x, taps, sum); break;
        default: add_products<Tile, kShared>(x, taps, sum); break;
      }
    }
  }
}

template <std::size_t Tile, typename T>
HWY_INLINE std::size_t tiles(const FirPartOf<T>* parts, std::size_t part_count, std::size_t at,
                             T* y, std::size_t count) {
  constexpr std::size_t kLanes = kLanesOf<T>;
  const Tag<T> d;
  for (; at + Tile * kLanes <= count; at += Tile * kLanes) {
    Vec<T> sum[Tile];
#pragma GCC unroll 16
    for (std::size_t v = 0; v < Tile; ++v) sum[v] = hn::Zero(d);
    for (std::size_t p = 0; p < part_count; ++p) add_part<Tile, T>(parts[p], at, sum);
#pragma GCC unroll 16
    for (std::size_t v = 0; v < Tile; ++v) hn::StoreU(sum[v], d, y + at + v * kLanes);
  }
  return at;
}

// As many whole vectors of outputs as there are; returns how many outputs that makes.
template <typename T>
HWY_INLINE std::size_t sum_vectors(const FirPartOf<T>* parts, std::size_t part_count, T* y,
                                   std::size_t count) {
  std::size_t at = tiles<kTile, T>(parts, part_count, 0, y, count);
  at = tiles<kTile / 4, T>(parts, part_count, at, y, count);
  return tiles<1, T>(parts, part_count, at, y, count);
}

template <typename T>
HWY_INLINE void sum_all(const FirPartOf<T>* parts, std::size_t part_count, T* y,
                        std::size_t count) {
  constexpr std::size_t kLanes = kLanesOf<T>;
  const std::size_t at = sum_vectors(parts, part_count, y, count);
  if (at == count) return;
  const Tag<T> d;
  Vec<T> sum[1] = {hn::Zero(d)};
  for (std::size_t p = 0; p < part_count; ++p) add_part<1, T>(parts[p], at, sum);
  HWY_ALIGN T rest[kLanes];
  hn::Store(sum[0], d, rest);
  std::copy(rest, rest + (count - at), y + at);
}

void FirSum(const FirPart* parts, std::size_t part_count, float* y, std::size_t count) {
  sum_all(parts, part_count, y, count);
}

void FirSumWide(const FirPartOf<double>* parts, std::size_t part_count, double* y,
                std::size_t count) {
  sum_all(parts, part_count, y, count);
}

void FirInner(const double* x, const double* taps, std::size_t tap_count, double* y,
              std::size_t count) {
  constexpr std::size_t kLanes = kLanesOf<double>;
  const FirPartOf<double> part{x, taps, tap_count};
  const std::size_t done = sum_vectors(&part, 1, y, count);
  if (done == count) return;
  if (count >= kLanes) {  // the last vector once more, further to the end
    const std::size_t at = count - kLanes;
    const FirPartOf<double> last{x + at, taps, tap_count};
    sum_vectors(&last, 1, y + at, kLanes);
    return;
  }
  for (std::size_t i = 0; i < count; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < tap_count; ++j) sum += taps[j] * x[i + j];
    y[i] = sum;
  }
}

template <typename T>
HWY_INLINE void dots(const T* x, const T* taps, std::size_t tap_count, std::size_t step, T* y,
                     std::size_t count) {
  constexpr std::size_t kLanes = kLanesOf<T>;
  const Tag<T> d;
  for (std::size_t i = 0; i < count; ++i, x += step) {
    Vec<T> sum[4] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
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
    Vec<T> total = hn::Add(hn::Add(sum[0], sum[1]), hn::Add(sum[2], sum[3]));
    T rest = 0;
    for (; j < tap_count; ++j) rest += taps[j] * x[j];
    y[i] = hn::GetLane(hn::SumOfLanes(d, total)) + rest;
  }
}

void FirDots(const float* x, const float* taps, std::size_t tap_count, std::size_t step, float* y,
             std::size_t count) {
  dots(x, taps, tap_count, step, y, count);
}

void FirDotsWide(const double* x, const double* taps, std::size_t tap_count, std::size_t step,
                 double* y, std::size_t count) {
  dots(x, taps, tap_count, step, y, count);
}

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(FirSum);
HWY_EXPORT(FirSumWide);
HWY_EXPORT(FirDots);
HWY_EXPORT(FirDotsWide);
HWY_EXPORT(FirInner);

void fir_sum(std::span<const FirPart> parts, float* y, std::size_t count) noexcept {
  HWY_DYNAMIC_DISPATCH(FirSum)(parts.data(), parts.size(), y, count);
}

void fir_sum(std::span<const FirPartOf<double>> parts, double* y, std::size_t count) noexcept {
  HWY_DYNAMIC_DISPATCH(FirSumWide)(parts.data(), parts.size(), y, count);
}

void fir_dots(const FirPart& part, std::size_t step, float* y, std::size_t count) noexcept {
  HWY_DYNAMIC_DISPATCH(FirDots)(part.x, part.taps, part.count, step, y, count);
}

void fir_dots(std::span<const double> taps, const double* x, std::size_t step,
              std::span<double> y) noexcept {
  HWY_DYNAMIC_DISPATCH(FirDotsWide)(x, taps.data(), taps.size(), step, y.data(), y.size());
}

void fir_inner(std::span<const double> x, std::span<const double> taps, double* y) noexcept {
  if (taps.empty() || x.size() < taps.size()) return;
  HWY_DYNAMIC_DISPATCH(FirInner)(x.data(), taps.data(), taps.size(), y, x.size() - taps.size() + 1);
}

}  // namespace acq
#endif
