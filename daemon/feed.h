// One consumer of one stream: its ring, and the account of every sample.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>

#include "dsp/base/cache_line.h"
#include "dsp/base/counter.h"
#include "dsp/base/doorbell.h"
#include "dsp/base/packet_pool.h"
#include "dsp/base/spsc_ring.h"

namespace acq {

// Law: made = delivered + lost(by reason) + queued, where queued is what lies in the ring.
// Threads: the producer's members by the instrument's thread, the consumer's by the worker's,
// counters read by any. The ring keeps the pool alive.
struct Feed {
  Feed(std::size_t slots, std::shared_ptr<PacketPool> packets, std::shared_ptr<Doorbell> consumer)
      : ring(slots), pool(std::move(packets)), consumer_bell(std::move(consumer)) {}

  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;
  // What nobody will consume any more goes back to the pool.
  ~Feed() {
    for (; PacketRef* ref = ring.front(); ring.pop()) pool->release(ref->packet);
  }

  // Producer: counts samples that this consumer will not get. They ride on its next packet.
  void lose(const Gap& gap, std::uint64_t at_index) noexcept {
    if (gap.samples == 0) return;
    lost[reason_bit(gap.reasons)].add(gap.samples);
    last_loss_index.set(at_index);
  }

  static std::size_t reason_bit(std::uint32_t reasons) noexcept {
    return static_cast<std::size_t>(std::countr_zero(reasons == 0 ? kGapUnknown : reasons));
  }

  [[nodiscard]] std::uint64_t lost_total() const noexcept {
    std::uint64_t sum = 0;
    for (std::size_t bit = 0; bit < lost.size(); ++bit) sum += lost_for(bit);
    return sum;
  }
  [[nodiscard]] std::uint64_t lost_for(std::size_t bit) const noexcept {
    constexpr std::size_t kReconfigureBit =
        std::countr_zero(static_cast<unsigned>(kGapReconfigure));
    return lost[bit].get() + (bit == kReconfigureBit ? unsuitable.get() : 0);
  }
  [[nodiscard]] std::uint64_t queued() const noexcept {
    // The consumer may have counted a packet that the producer has pushed but not counted yet.
    const std::uint64_t taken = delivered.get() + unsuitable.get();
    const std::uint64_t given = pushed.get();
    return given > taken ? given - taken : 0;
  }

  SpscRing<PacketRef> ring;
  std::shared_ptr<PacketPool> pool;
  std::shared_ptr<Doorbell> producer_bell;  // rung when there is room again, for sources that wait
  bool waits = false;                       // the source waits for room and loses nothing
  // Its source has ended, or is away: nothing follows what is in the ring until it starts again. The
  // producer's release pairs with the consumer's acquire.
  std::shared_ptr<const std::atomic<bool>> is_over;

  // Producer. Lines of its own: the consumer reads those above for every packet. What every packet
  // needs comes first and is one line.
  alignas(kCacheLine) Gap pending;  // not pushed since the last packet that was
  Counter made;
  Counter pushed;
  Counter high_water;
  std::shared_ptr<Doorbell> consumer_bell;
  Counter last_loss_index;
  std::array<Counter, kGapReasonCount> lost;

  // Consumer.
  alignas(kCacheLine) Counter delivered;
  Counter unsuitable;  // in a format its plan was not made for: lost, reason `reconfigure`
};

}  // namespace acq
