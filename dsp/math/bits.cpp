#include "dsp/math/bits.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "dsp/base/result.h"
#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/bits.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using F32 = hn::ScalableTag<float>;
using I32 = hn::RebindToSigned<F32>;

// Lanes(F32) words.
template <typename Word>
HWY_INLINE void unpack_vector(const Word* in, std::size_t channels, std::size_t at,
                              float* const* planes) {
  const I32 i32;
  const auto words = hn::PromoteTo(i32, hn::LoadU(hn::Rebind<Word, I32>(), in));
  for (std::size_t c = 0; c < channels; ++c) {
    const auto bit = hn::Set(i32, static_cast<std::int32_t>(1U << c));
    const auto is_set = hn::TestBit(words, bit);
    hn::StoreU(hn::IfThenElseZero(hn::RebindMask(F32(), is_set), hn::Set(F32(), 1.0F)), F32(),
               planes[c] + at);
  }
}

template <typename Word>
HWY_INLINE void pack_vector(const float* const* planes, std::size_t at, std::size_t channels,
                            Word* out) {
  const I32 i32;
  auto words = hn::Zero(i32);
  for (std::size_t c = 0; c < channels; ++c) {
    const auto is_set = hn::Ge(hn::LoadU(F32(), planes[c] + at), hn::Set(F32(), 0.5F));
    const auto bit = hn::Set(i32, static_cast<std::int32_t>(1U << c));
    words = hn::Or(words, hn::IfThenElseZero(hn::RebindMask(i32, is_set), bit));
  }
  const hn::Rebind<Word, I32> narrow;
  hn::StoreU(hn::DemoteTo(narrow, words), narrow, out);
}

// Whole vectors, then the rest word by word.
template <typename Word>
void unpack(const std::byte* bytes, std::size_t channels, std::size_t count, float* const* planes) {
  const auto* in = static_cast<const Word*>(static_cast<const void*>(bytes));
  const std::size_t lanes = hn::Lanes(F32());
  std::size_t at = 0;
  for (; at + lanes <= count; at += lanes) unpack_vector(in + at, channels, at, planes);
  for (; at < count; ++at) {
    for (std::size_t c = 0; c < channels; ++c)
      planes[c][at] = static_cast<float>((in[at] >> c) & 1U);
  }
}

template <typename Word>
void pack(const float* const* planes, std::size_t from, std::size_t channels, std::size_t count,
          std::byte* bytes) {
  auto* out = static_cast<Word*>(static_cast<void*>(bytes));
  const std::size_t lanes = hn::Lanes(F32());
  std::size_t at = 0;
  for (; at + lanes <= count; at += lanes) pack_vector(planes, from + at, channels, out + at);
  for (; at < count; ++at) {
    unsigned word = 0;
    for (std::size_t c = 0; c < channels; ++c)
      word |= static_cast<unsigned>(planes[c][from + at] >= 0.5F) << c;
    out[at] = static_cast<Word>(word);
  }
}

void UnpackBits(const std::byte* in, Dtype dtype, std::size_t channels, std::size_t count,
                float* const* planes) {
  if (dtype == Dtype::kU8) return unpack<std::uint8_t>(in, channels, count, planes);
  unpack<std::uint16_t>(in, channels, count, planes);
}

void PackBits(const float* const* planes, std::size_t from, Dtype dtype, std::size_t channels,
              std::size_t count, std::byte* out) {
  if (dtype == Dtype::kU8) return pack<std::uint8_t>(planes, from, channels, count, out);
  pack<std::uint16_t>(planes, from, channels, count, out);
}

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
namespace {

bool holds(Dtype dtype, std::size_t channels) noexcept {
  return (dtype == Dtype::kU8 || dtype == Dtype::kU16) && channels <= 8 * size_of(dtype);
}

}  // namespace

HWY_EXPORT(UnpackBits);
HWY_EXPORT(PackBits);

void unpack_bits(const std::byte* in, Dtype dtype, std::size_t channels, std::size_t count,
                 float* const* planes) noexcept {
  ACQ_CHECK(holds(dtype, channels));
  HWY_DYNAMIC_DISPATCH(UnpackBits)(in, dtype, channels, count, planes);
}

void pack_bits(const float* const* planes, std::size_t from, Dtype dtype, std::size_t channels,
               std::size_t count, std::byte* out) noexcept {
  ACQ_CHECK(holds(dtype, channels));
  HWY_DYNAMIC_DISPATCH(PackBits)(planes, from, dtype, channels, count, out);
}

}  // namespace acq
#endif
