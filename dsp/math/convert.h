// Device samples to float32 planes: the first step of every pipeline.
#pragma once

#include <cstddef>

#include "dsp/base/stream_info.h"

namespace acq {

// Splits `count` scans of `channels` values into planes: planes[c][i] = raw * scale[c] + offset[c].
// `in` holds count * channels values of `dtype`, in the machine's byte order, aligned as
// the type needs; each plane has room for `count` values. All types but kUnspecified and kC64 (two
// floats a value: ask for it as kF32 with twice the channels). Numerics: 8 and 16 bit integers and
// float32 are computed in float32 and rounded once (with FMA); 32 bit integers and float64 are
// computed in float64 and rounded once to float32. Real-time safe.
void to_planes(const std::byte* in, Dtype dtype, Layout layout, std::size_t channels,
               std::size_t count, const float* scale, const float* offset,
               float* const* planes) noexcept;

}  // namespace acq
