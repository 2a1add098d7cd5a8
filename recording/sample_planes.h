// The numbers of a packet in an order that compresses: differences, byte by byte.
#pragma once

#include <cstddef>
#include <span>

#include "dsp/base/stream_info.h"
#include "recording/journal_messages.h"

namespace acq::journal {

// How samples lie in a packet.
struct SampleShape {
  std::size_t number_bytes = 0;  // 1, 2, 4 or 8; of a complex number its two parts are numbers
  std::size_t step = 0;          // from a number to the next one of its channel, in numbers
};
SampleShape shape_of(const StreamInfo& info) noexcept;

// How samples go best into a chunk that is compressed or not. Logic stays as it is made: its words
// repeat, which differences would hide.
Arrangement arrangement_for(const StreamInfo& info, bool is_compressed) noexcept;
// Samples into `out`, which has their size, arranged so.
void put_samples(Arrangement arrangement, const StreamInfo& info,
                 std::span<const std::byte> samples, std::span<std::byte> out) noexcept;

// Each number as its difference, modulo 2^bits, to the number a step before (to 0 for the first ones),
// the sign folded in: 0, -1, 1, -2 become 0, 1, 2, 3. Then the lowest bytes of all, the next ones, up to
// the highest. Noise so stays in the low bytes, and the high ones are nearly all 0.
//
// Both spans have the same size, a multiple of number_bytes, and do not overlap.
void arrange(std::span<const std::byte> samples, SampleShape shape,
             std::span<std::byte> out) noexcept;
void restore(std::span<const std::byte> arranged, SampleShape shape,
             std::span<std::byte> out) noexcept;

}  // namespace acq::journal
