// Samples on their way from a driver to the pipelines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "dsp/base/cache_line.h"
#include "dsp/base/ref_count.h"
#include "dsp/base/stream_info.h"
#include "dsp/base/time.h"

namespace acq {

class PacketPool;

// A slot of a PacketPool: samples in the device's own format, and what is known about them.
// Written by one thread (the source), then read-only and shared until the last consumer releases
// it.
//
// What every consumer touches lies in the first line; packets do not share lines.
struct alignas(kCacheLine) Packet {
  // Owned by the pool.
  std::byte* samples = nullptr;  // 64-byte aligned
  std::size_t capacity_bytes = 0;
  RefCount<> references;

  // Filled by the driver.
  std::uint32_t count = 0;   // samples per channel
  std::uint32_t stream = 0;  // number of the stream within the instrument
  std::uint32_t flags = kFlagNone;
  std::shared_ptr<const StreamInfo> info;
  Gap gap_before;  // lost by the device since its previous packet of this stream
  Stamp stamp;
  std::uint64_t overrange_low = 0;  // one bit a channel
  std::uint64_t overrange_high = 0;

  // Filled by the acquire stage, which alone numbers samples.
  std::uint64_t first_index = 0;
  std::uint32_t epoch = 0;

  const PacketPool* pool = nullptr;  // where it belongs

  [[nodiscard]] std::span<std::byte> space() noexcept { return {samples, capacity_bytes}; }
  [[nodiscard]] std::size_t size_bytes() const noexcept { return count * info->scan_bytes(); }
  // How many whole scans of the stream fit. The stream has channels and a type.
  [[nodiscard]] std::uint32_t room(const StreamInfo& stream_info) const noexcept {
    const std::size_t scan_bytes = stream_info.scan_bytes();
    ACQ_CHECK(scan_bytes != 0);
    return static_cast<std::uint32_t>(capacity_bytes / scan_bytes);
  }
  void clear() noexcept {
    stream = count = 0;
    gap_before = {};
    stamp = {};
    flags = kFlagNone;
    overrange_low = overrange_high = 0;
  }
};

// What travels through a ring: a packet, and what this consumer alone lost before it.
struct PacketRef {
  Packet* packet = nullptr;
  Gap lost;  // since the consumer's previous packet, on top of packet->gap_before
};

}  // namespace acq
