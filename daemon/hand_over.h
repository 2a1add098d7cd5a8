// The steps by which a packet goes from its source to the consumers and back.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dsp/base/time.h"

namespace acq {

// Keeps the account of every sample: `made` is counted once, and each sample is then in a packet
// that is pushed, or lost and told by the consumer's next packet.
//
// Templates, because tests/model runs these very steps through every interleaving, and changes them
// to see that it would notice. A feed has what Feed (daemon/feed.h) has.
struct HandOver {
  // Producer: a packet to every feed, of which none keeps more than `most` (1 or more). Who has no room loses
  // it, counted, and nobody else does.
  template <typename Pool, typename Packet, typename Feeds>
  static void share(Pool& pool, Packet* packet, const Feeds& feeds, std::size_t most) noexcept {
    // Copies: once the last feed has it, the packet may be on its way again.
    const Gap gap = packet->gap_before;
    const std::uint32_t count = packet->count;
    const std::uint64_t first_index = packet->first_index;
    packet->references.share(static_cast<std::uint32_t>(feeds.size()));
    for (const auto& feed : feeds) {
      make(*feed, gap, count, first_index);
      if (feed->ring.size_above(most - 1) < most && feed->ring.push({packet, feed->pending})) {
        feed->pending = {};
        feed->pushed.add(count);
        feed->high_water.raise_to(feed->ring.size_above(feed->high_water.get()));
        feed->consumer_bell->ring();
        continue;
      }
      miss(*feed, gap, count, first_index);
      pool.release(packet);
    }
  }

  // Producer: what was read without a free packet is lost to every feed.
  template <typename Packet, typename Feeds>
  static void lose(const Packet& scratch, const Feeds& feeds) noexcept {
    for (const auto& feed : feeds) {
      make(*feed, scratch.gap_before, scratch.count, scratch.first_index);
      miss(*feed, scratch.gap_before, scratch.count, scratch.first_index);
    }
  }

  // Consumer: done with the packet at the front of its ring; `counter` takes its samples.
  template <typename Feed, typename Packet, typename Counter>
  static void finish(Feed& feed, Packet* packet, std::uint32_t count, Counter& counter) noexcept {
    feed.ring.pop();  // first: who takes the packet again must find room for it
    feed.pool->release(packet);
    counter.add(count);  // last: a feed without anything queued holds no packet
    if (feed.producer_bell) feed.producer_bell->ring();
  }

 private:
  template <typename Feed>
  static void make(Feed& feed, const Gap& gap, std::uint32_t count,
                   std::uint64_t first_index) noexcept {
    feed.made.add(gap.samples + count);
    feed.lose(gap, first_index - gap.samples);
  }

  template <typename Feed>
  static void miss(Feed& feed, const Gap& gap, std::uint32_t count,
                   std::uint64_t first_index) noexcept {
    const Gap missed{count, kGapRingFull, true};
    feed.lose(missed, first_index);
    feed.pending.add(gap);
    feed.pending.add(missed);
  }
};

}  // namespace acq
