#include "dsp/math/sample_bits.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/sample_bits.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::ScalableTag<float>;
constexpr std::size_t kLanes = HWY_LANES(float);

// Bits [at, at + kLanes) of a word that was 0. Whole bytes go to memory alone: a word that is put together in
// memory and read at once would wait for its bytes.
HWY_INLINE void put(hn::Mask<Tag> mask, std::size_t at, std::uint64_t& word) {
  static_assert(std::endian::native == std::endian::little);
  std::uint8_t bytes[8] = {};
  auto* const to = reinterpret_cast<std::uint8_t*>(&word) + at / 8;
  if constexpr (kLanes >= 8) {
    hn::StoreMaskBits(Tag(), mask, to);
  } else {
    hn::StoreMaskBits(Tag(), mask, bytes);
    *to = static_cast<std::uint8_t>(*to | bytes[0] << (at % 8));
  }
}

void SideBitsOf(const float* x, std::size_t words, const SideLevels& levels, float sign,
                SideBits* bits) {
  const Tag d;
  const auto flip = hn::Set(d, sign);  // 0 or -0
  const auto below = hn::Set(d, levels.below), above = hn::Set(d, levels.above);
  const auto from = hn::Set(d, levels.from), to = hn::Set(d, levels.to);
  for (std::size_t w = 0; w < words; ++w) {
    SideBits& word = bits[w] = {};
    for (std::size_t i = 0; i < kWordSamples; i += kLanes) {
      const auto v = hn::Xor(hn::LoadU(d, x + kWordSamples * w + i), flip);
      put(hn::Lt(v, below), i, word.below);
      put(hn::Gt(v, above), i, word.above);
      put(hn::Ge(v, from), i, word.from);
      put(hn::Le(v, to), i, word.to);
    }
  }
}

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(SideBitsOf);

void side_bits(const float* x, std::size_t count, const SideLevels& levels, bool is_mirrored,
               SideBits* bits) noexcept {
  const float sign = is_mirrored ? -0.0F : 0.0F;
  const std::size_t whole = count / kWordSamples, rest = count % kWordSamples;
  HWY_DYNAMIC_DISPATCH(SideBitsOf)(x, whole, levels, sign, bits);
  if (rest == 0) return;
  float padded[kWordSamples];
  std::fill(std::copy_n(x + whole * kWordSamples, rest, padded), padded + kWordSamples,
            std::numeric_limits<float>::quiet_NaN());
  HWY_DYNAMIC_DISPATCH(SideBitsOf)(padded, 1, levels, sign, bits + whole);
}

}  // namespace acq
#endif
