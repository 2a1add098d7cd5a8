// Slots that nobody uses: many threads give back, whoever needs some takes them all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "dsp/base/atomics.h"
#include "dsp/base/cache_line.h"
#include "dsp/base/result.h"

namespace acq {

// Stack of slots, which go by their numbers. Each one's link is here and not in the slot: links of
// neighbours share a line, so that the taker does not wait for one line of every slot in turn.
//
// Threads: any. Slots leave together or not at all, so a slot seen at the top cannot leave and come
// back below others between give()'s load and its exchange (no ABA).
//
// Orders: give()'s release pairs with take_all()'s acquire, so that whatever the giver did with the
// slot happened before its new owner writes to it. Every change of top_ is a read-modify-write, so
// the release of an earlier give() still holds for the slots below the top (release sequence).
template <typename Atomics = StdAtomics>
class FreeList {
 public:
  // Nothing is in it at first.
  explicit FreeList(std::size_t slots) : links_(std::make_unique<Link[]>(slots)) {
    ACQ_CHECK(slots < kEnd);
    for (std::size_t i = 0; i < slots; ++i) links_[i].store(kNotHere, Atomics::kRelaxed);
  }

  // A slot that the caller owns. One that is here already is our own bug.
  void give(std::uint32_t slot) noexcept {
    Link& link = links_[slot];
    ACQ_CHECK(link.load(Atomics::kRelaxed) == kNotHere);
    std::uint32_t top = top_.load(Atomics::kRelaxed);
    do {
      link.store(top, Atomics::kRelaxed);
    } while (!top_.compare_exchange_weak(top, slot, Atomics::kRelease, Atomics::kRelaxed));
  }

  // All of them belong to the caller now: `own(slot)` for each, the last one given first.
  template <typename Own>
  void take_all(const Own& own) noexcept {
    if (is_empty()) return;  // only looks: the line stays with those who give
    for (std::uint32_t slot = top_.exchange(kEnd, Atomics::kAcquire); slot != kEnd;) {
      const std::uint32_t next = links_[slot].load(Atomics::kRelaxed);
      links_[slot].store(kNotHere, Atomics::kRelaxed);
      own(slot);
      slot = next;
    }
  }

  // A moment's view.
  [[nodiscard]] bool is_empty() const noexcept { return top_.load(Atomics::kRelaxed) == kEnd; }

 private:
  using Link = typename Atomics::template Atomic<std::uint32_t>;
  static constexpr std::uint32_t kEnd = ~std::uint32_t{0};
  static constexpr std::uint32_t kNotHere = kEnd - 1;

  const std::unique_ptr<Link[]> links_;
  alignas(kCacheLine) Link top_{kEnd};
};

}  // namespace acq
