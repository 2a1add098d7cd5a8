// Fixed set of packets, recycled last-in first-out so that the one in use is still in the cache.
#pragma once

#include <cstddef>
#include <memory>

#include "dsp/base/packet.h"
#include "dsp/base/slot_pool.h"

namespace acq {

// Promise: everything is allocated by the constructor and touched once, nothing afterwards.
// Threads: take() by one thread (the source's), release() by any.
//
// Orders: see SlotPool.
class PacketPool {
 public:
  PacketPool(std::size_t packets, std::size_t packet_bytes);

  // A cleared packet without references, or nullptr when all are in use.
  [[nodiscard]] Packet* take() noexcept;
  // Gives up one reference; the last one puts the packet back.
  void release(Packet* packet) noexcept { free_.release(packet); }
  // Puts back a packet that was taken and never shared.
  void put_back(Packet* packet) noexcept { free_.put_back(packet); }

  // Makes `packet` shared by `holders` consumers. Before the first of them can see it.
  static void share(Packet* packet, std::uint32_t holders) noexcept {
    packet->references.share(holders);
  }

  [[nodiscard]] std::size_t size() const noexcept { return packets_; }
  // Any thread; a moment's view.
  [[nodiscard]] std::size_t free() const noexcept { return packets_ - free_.in_use(); }

 private:
  struct FreeBytes {
    void operator()(std::byte* p) const noexcept;
  };

  std::size_t packets_;
  std::unique_ptr<std::byte[], FreeBytes> bytes_;
  std::unique_ptr<Packet[]> slots_;
  SlotPool<Packet> free_;
};

}  // namespace acq
