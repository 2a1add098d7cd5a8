// Logic samples: one word a scan with a bit for each channel, and the same as planes of 0 and 1.
#pragma once

#include <cstddef>

#include "dsp/base/stream_info.h"

namespace acq {

// planes[c][i] = 1 where bit c of word i is set, else 0. `in` holds `count` words of `dtype` (kU8 or
// kU16, with at least `channels` bits), in the machine's byte order. Real-time safe.
void unpack_bits(const std::byte* in, Dtype dtype, std::size_t channels, std::size_t count,
                 float* const* planes) noexcept;

// The reverse: bit c of word i is set where planes[c][from + i] is at least 0.5; the bits above are
// 0. `out` has room for `count` words.
void pack_bits(const float* const* planes, std::size_t from, Dtype dtype, std::size_t channels,
               std::size_t count, std::byte* out) noexcept;

}  // namespace acq
