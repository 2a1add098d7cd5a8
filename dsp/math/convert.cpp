#include "dsp/math/convert.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "dsp/base/result.h"
#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/convert.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using F32 = hn::ScalableTag<float>;
using I32 = hn::RebindToSigned<F32>;
using U32 = hn::RebindToUnsigned<F32>;

// Values of one channel that lie side by side: Lanes(F32) of them at a time.
template <typename T>
HWY_INLINE hn::Vec<F32> widen(const T* in) {
  const F32 d;
  if constexpr (std::is_same_v<T, float>) {
    return hn::LoadU(d, in);
  } else {
    const hn::Rebind<T, I32> narrow;
    return hn::ConvertTo(d, hn::PromoteTo(I32(), hn::LoadU(narrow, in)));
  }
}

template <typename T>
HWY_INLINE void scale_vector(const T* in, float scale, float offset, float* out) {
  const F32 d;
  hn::StoreU(hn::MulAdd(widen(in), hn::Set(d, scale), hn::Set(d, offset)), d, out);
}

// 32 bit integers do not fit float32, and float64 is worth keeping until the last rounding.
template <typename T>
HWY_INLINE void scale_vector_f64(const T* in, float scale, float offset, float* out) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> narrow;
  hn::Vec<decltype(d)> value;
  if constexpr (std::is_same_v<T, double>) {
    value = hn::LoadU(d, in);
  } else {
    value = hn::PromoteTo(d, hn::LoadU(hn::Rebind<std::int32_t, decltype(d)>(), in));
  }
  const auto y = hn::MulAdd(value, hn::Set(d, static_cast<double>(scale)),
                            hn::Set(d, static_cast<double>(offset)));
  hn::StoreU(hn::DemoteTo(narrow, y), narrow, out);
}

template <typename T>
constexpr bool kNeedsF64 = std::is_same_v<T, std::int32_t> || std::is_same_v<T, double>;

// Whole vectors, then the rest through padded copies, so that a value does not depend on its place.
template <typename T>
HWY_INLINE void contiguous(const T* in, std::size_t count, float scale, float offset, float* out) {
  const auto step = [&](const T* from, float* to) HWY_ATTR {
    if constexpr (kNeedsF64<T>) {
      scale_vector_f64(from, scale, offset, to);
    } else {
      scale_vector(from, scale, offset, to);
    }
  };
  const std::size_t lanes = kNeedsF64<T> ? hn::Lanes(hn::ScalableTag<double>()) : hn::Lanes(F32());
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) step(in + i, out + i);
  if (i == count) return;
  HWY_ALIGN T rest[kMostFloatLanes] = {};
  HWY_ALIGN float result[kMostFloatLanes];
  std::copy(in + i, in + count, rest);
  step(rest, result);
  std::copy(result, result + (count - i), out + i);
}

// Any number of channels: pieces of one channel are gathered, then converted.
template <typename T>
void strided(const T* in, std::size_t channels, std::size_t first, std::size_t count,
             const float* scale, const float* offset, float* const* planes) {
  constexpr std::size_t kPiece = 64;
  HWY_ALIGN T piece[kPiece];
  for (std::size_t at = first; at < count; at += kPiece) {
    const std::size_t length = std::min(kPiece, count - at);
    for (std::size_t c = 0; c < channels; ++c) {
      const T* from = in + at * channels + c;
      for (std::size_t i = 0; i < length; ++i) piece[i] = from[i * channels];
      contiguous(piece, length, scale[c], offset[c], planes[c] + at);
    }
  }
}

#if HWY_TARGET != HWY_SCALAR
HWY_INLINE void put(hn::Vec<F32> value, std::size_t channel, std::size_t at, const float* scale,
                    const float* offset, float* const* planes) {
  const F32 d;
  hn::StoreU(hn::MulAdd(value, hn::Set(d, scale[channel]), hn::Set(d, offset[channel])), d,
             planes[channel] + at);
}

// `word` holds two neighbouring channels' int16 in each lane.
HWY_INLINE void put_pair(hn::Vec<U32> word, std::size_t channel, std::size_t at, const float* scale,
                         const float* offset, float* const* planes) {
  const I32 i32;
  const auto high = hn::BitCast(i32, word);
  const auto low = hn::BitCast(i32, hn::ShiftLeft<16>(word));
  put(hn::ConvertTo(F32(), hn::ShiftRight<16>(low)), channel, at, scale, offset, planes);
  put(hn::ConvertTo(F32(), hn::ShiftRight<16>(high)), channel + 1, at, scale, offset, planes);
}

// 2, 4 or 8 channels of int16, read as 1, 2 or 4 words of two channels. Returns the scans done.
template <std::size_t kChannels>
std::size_t pairs_of_i16(const std::int16_t* in, std::size_t count, const float* scale,
                         const float* offset, float* const* planes) {
  const U32 d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t at = 0;
  for (; at + lanes <= count; at += lanes) {
    const void* from = in + at * kChannels;
    const auto* words = static_cast<const std::uint32_t*>(from);
    hn::Vec<U32> word[4] = {};
    if constexpr (kChannels == 2) {
      word[0] = hn::LoadU(d, words);
    } else if constexpr (kChannels == 4) {
      hn::LoadInterleaved2(d, words, word[0], word[1]);
    } else {
      hn::LoadInterleaved4(d, words, word[0], word[1], word[2], word[3]);
    }
    for (std::size_t w = 0; w < kChannels / 2; ++w) {
      put_pair(word[w], 2 * w, at, scale, offset, planes);
    }
  }
  return at;
}

// 2, 4 or 8 channels of float32. Returns the scans done.
template <std::size_t kChannels>
std::size_t sets_of_f32(const float* in, std::size_t count, const float* scale, const float* offset,
                        float* const* planes) {
  const F32 d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t at = 0;
  for (; at + lanes <= count; at += lanes) {
    const float* from = in + at * kChannels;
    hn::Vec<F32> value[8] = {};
    if constexpr (kChannels == 2) {
      hn::LoadInterleaved2(d, from, value[0], value[1]);
    } else if constexpr (kChannels == 4) {
      hn::LoadInterleaved4(d, from, value[0], value[1], value[2], value[3]);
    } else {
      // Two channels a 64 bit word: half of the scans at a time, then even and odd lanes.
      const hn::Repartition<std::uint64_t, F32> d64;
      hn::Vec<decltype(d64)> low[4], high[4];
      const void* start = from;
      const auto* words = static_cast<const std::uint64_t*>(start);
      hn::LoadInterleaved4(d64, words, low[0], low[1], low[2], low[3]);
      hn::LoadInterleaved4(d64, words + 2 * lanes, high[0], high[1], high[2], high[3]);
      for (std::size_t w = 0; w < 4; ++w) {
        const auto a = hn::BitCast(d, low[w]);
        const auto b = hn::BitCast(d, high[w]);
        value[2 * w] = hn::ConcatEven(d, b, a);
        value[2 * w + 1] = hn::ConcatOdd(d, b, a);
      }
    }
    for (std::size_t c = 0; c < kChannels; ++c) put(value[c], c, at, scale, offset, planes);
  }
  return at;
}
#endif

// The part done by a path made for this type and number of channels.
template <typename T>
std::size_t special(const T* in, std::size_t channels, std::size_t count, const float* scale,
                    const float* offset, float* const* planes) {
#if HWY_TARGET != HWY_SCALAR
  if constexpr (std::is_same_v<T, std::int16_t>) {
    if (channels == 2) return pairs_of_i16<2>(in, count, scale, offset, planes);
    if (channels == 4) return pairs_of_i16<4>(in, count, scale, offset, planes);
    if (channels == 8) return pairs_of_i16<8>(in, count, scale, offset, planes);
  }
  if constexpr (std::is_same_v<T, float>) {
    if (channels == 2) return sets_of_f32<2>(in, count, scale, offset, planes);
    if (channels == 4) return sets_of_f32<4>(in, count, scale, offset, planes);
    if (channels == 8) return sets_of_f32<8>(in, count, scale, offset, planes);
  }
#else
  static_cast<void>(in), static_cast<void>(channels), static_cast<void>(count);
  static_cast<void>(scale), static_cast<void>(offset), static_cast<void>(planes);
#endif
  return 0;
}

template <typename T>
void convert(const std::byte* bytes, Layout layout, std::size_t channels, std::size_t count,
             const float* scale, const float* offset, float* const* planes) {
  const auto* in = static_cast<const T*>(static_cast<const void*>(bytes));
  if (layout == Layout::kPlanar || channels == 1) {
    for (std::size_t c = 0; c < channels; ++c) {
      contiguous(in + c * count, count, scale[c], offset[c], planes[c]);
    }
    return;
  }
  const std::size_t done = special(in, channels, count, scale, offset, planes);
  strided(in, channels, done, count, scale, offset, planes);
}

void ToPlanes(const std::byte* in, Dtype dtype, Layout layout, std::size_t channels,
              std::size_t count, const float* scale, const float* offset, float* const* planes) {
  switch (dtype) {
    case Dtype::kI8:
      return convert<std::int8_t>(in, layout, channels, count, scale, offset, planes);
    case Dtype::kU8:
      return convert<std::uint8_t>(in, layout, channels, count, scale, offset, planes);
    case Dtype::kI16:
      return convert<std::int16_t>(in, layout, channels, count, scale, offset, planes);
    case Dtype::kU16:
      return convert<std::uint16_t>(in, layout, channels, count, scale, offset, planes);
    case Dtype::kI32:
      return convert<std::int32_t>(in, layout, channels, count, scale, offset, planes);
    case Dtype::kF32: return convert<float>(in, layout, channels, count, scale, offset, planes);
    case Dtype::kF64: return convert<double>(in, layout, channels, count, scale, offset, planes);
    case Dtype::kC64:
    case Dtype::kUnspecified: break;
  }
  ACQ_CHECK(dtype == Dtype::kF32);  // none of the types above
}

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(ToPlanes);

void to_planes(const std::byte* in, Dtype dtype, Layout layout, std::size_t channels,
               std::size_t count, const float* scale, const float* offset,
               float* const* planes) noexcept {
  HWY_DYNAMIC_DISPATCH(ToPlanes)(in, dtype, layout, channels, count, scale, offset, planes);
}

}  // namespace acq
#endif
