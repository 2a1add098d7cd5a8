// Fixed set of packets, of which those in use are the ones used last: the caches may hold them.
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

  // Makes the caller's packet somebody else's, too, who may keep it for long; false when there are too
  // few for that. So never more than lendable() of them are missing to the source and its consumers.
  [[nodiscard]] bool lend(Packet* packet) noexcept { return free_.lend(packet, lendable()); }
  [[nodiscard]] std::size_t lendable() const noexcept { return packets_ / 4; }

  // Makes `packet` shared by `holders` consumers. Before the first of them can see it.
  static void share(Packet* packet, std::uint32_t holders) noexcept {
    packet->references.share(holders);
  }

  [[nodiscard]] std::size_t size() const noexcept { return packets_; }
  // Any thread; a moment's view.
  [[nodiscard]] std::size_t free() const noexcept { return packets_ - free_.in_use(); }
  // Any thread. The fewest that were free, looked at once a turn (see SlotPool) and when there were none.
  [[nodiscard]] std::size_t least_free() const noexcept { return free_.least_free(); }
  // The source's thread: whether take() would find one.
  [[nodiscard]] bool has_free() const noexcept { return free_.has_free(); }

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
