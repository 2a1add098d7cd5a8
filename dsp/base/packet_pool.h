// Fixed set of packets, recycled last-in first-out so that the one in use is still in the cache.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "dsp/base/free_list.h"
#include "dsp/base/packet.h"

namespace acq {

// Promise: everything is allocated by the constructor and touched once, nothing afterwards.
// Threads: take() by one thread (the source's), release() by any.
//
// Orders: see RefCount for the holders, FreeList for the hand-over to the next owner.
class PacketPool {
 public:
  PacketPool(std::size_t packets, std::size_t packet_bytes);

  // A cleared packet without references, or nullptr when all are in use.
  [[nodiscard]] Packet* take() noexcept;
  // Gives up one reference; the last one puts the packet back.
  void release(Packet* packet) noexcept;
  // Puts back a packet that was taken and never shared.
  void put_back(Packet* packet) noexcept;

  // Makes `packet` shared by `holders` consumers. Before the first of them can see it.
  static void share(Packet* packet, std::uint32_t holders) noexcept {
    packet->references.share(holders);
  }

  [[nodiscard]] std::size_t size() const noexcept { return packets_; }
  // Any thread; a moment's view.
  [[nodiscard]] std::size_t free() const noexcept {
    return packets_ - in_use_.load(std::memory_order_relaxed);
  }

 private:
  struct FreeBytes {
    void operator()(std::byte* p) const noexcept;
  };

  std::size_t packets_;
  std::unique_ptr<std::byte[], FreeBytes> bytes_;
  std::unique_ptr<Packet[]> slots_;
  FreeList<Packet> free_;
  std::atomic<std::size_t> in_use_{0};
};

}  // namespace acq
