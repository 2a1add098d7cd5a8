// The steps of the acquire stage that keep the account of one packet.
#pragma once

#include <cstdint>

namespace acq::model {

// Hands a packet of `count` samples to every feed: a ring whose entries say what this consumer lost
// before them, and the losses that still wait for such an entry.
struct HandOver {
  template <typename Pool, typename Slot, typename Feeds>
  static void share(Pool& pool, Slot* slot, std::uint32_t count, Feeds& feeds) {
    slot->references.share(static_cast<std::uint32_t>(feeds.size()));
    for (auto& feed : feeds) {
      feed.made += count;
      if (feed.ring.push({slot, feed.pending})) {
        feed.pending = 0;
        continue;
      }
      feed.pending += count;
      pool.release(slot);
    }
  }

  // Without a free slot the samples are read into a scratch one, and every consumer loses them.
  template <typename Feeds>
  static void lose(std::uint32_t count, Feeds& feeds) {
    for (auto& feed : feeds) {
      feed.made += count;
      feed.pending += count;
    }
  }
};

}  // namespace acq::model
