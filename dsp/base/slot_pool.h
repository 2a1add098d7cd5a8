// The free slots of a pool: who may take one, who gives it back.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "dsp/base/cache_line.h"
#include "dsp/base/free_list.h"
#include "dsp/base/result.h"

namespace acq {

// The turn for slots with so many bytes each: 1 MiB of them. What another core has just read is
// dearer to write than what has left its cache since, and what lies in the memory dearer still
// (docs/performance.md, the ring).
constexpr std::size_t turn_of(std::size_t slot_bytes) noexcept {
  constexpr std::size_t kTurnBytes = std::size_t{1} << 20;
  constexpr std::size_t kShortest = 4;
  return std::max(kShortest, kTurnBytes / std::max<std::size_t>(slot_bytes, 1));
}

// Keeps the account of slots that somebody else owns. Where a slot is shared, it has `references`.
//
// What is given back goes to a list that all threads share; the taker fetches from there only every
// `turn` slots and keeps the rest in hand. So the two sides seldom meet, and of a large pool only
// two turns are in use as long as the consumers keep up.
//
// Threads: take() and has_free() by one thread; the rest by any. Orders: see FreeList for the hand-over
// to the next owner, RefCount for the holders. in_use()'s acquire pairs with put_back()'s release:
// who sees a slot given sees that it was taken.
template <typename Slot, typename Atomics = StdAtomics>
class SlotPool {
 public:
  // All are free, the first is taken first. `turn`: how many to take between two looks at what was given
  // back, 1 or more.
  SlotPool(Slot* slots, std::size_t count, std::size_t turn)
      : slots_(slots),
        count_(count),
        turn_(turn),
        hand_(std::make_unique<std::uint32_t[]>(count)),
        in_hand_(count),
        given_(count) {
    for (std::size_t i = 0; i < count; ++i) hand_[i] = static_cast<std::uint32_t>(count - 1 - i);
    least_free_.store(count, Atomics::kRelaxed);
  }

  // nullptr when all are in use.
  [[nodiscard]] Slot* take() noexcept {
    if (left_ == 0 || in_hand_ == 0) fetch();
    if (in_hand_ == 0) return nullptr;
    Slot* const slot = &slots_[hand_[--in_hand_]];
    --left_;
    taken_.store(taken_.load(Atomics::kRelaxed) + 1, Atomics::kRelaxed);
    return slot;
  }

  // Whether take() would find one.
  [[nodiscard]] bool has_free() const noexcept { return in_hand_ > 0 || !given_.is_empty(); }

  // One holder more for a slot that the caller holds, unless more than `most` slots are in use: for
  // those who can do without, and may keep it for long.
  [[nodiscard]] bool lend(Slot* slot, std::size_t most) noexcept {
    if (in_use() > most) return false;
    slot->references.add();
    return true;
  }

  // Gives up one reference; the last one puts the slot back.
  void release(Slot* slot) noexcept {
    if (slot->references.drop()) put_back(slot);
  }

  // Puts back a slot that nobody else holds.
  void put_back(Slot* slot) noexcept {
    // Before the slot can be taken again, or more would be in use than there are.
    put_back_.fetch_add(1, Atomics::kRelease);
    given_.give(static_cast<std::uint32_t>(slot - slots_));
  }

  // A moment's view.
  [[nodiscard]] std::size_t in_use() const noexcept {
    // This order, so that the difference is never negative.
    const std::size_t back = put_back_.load(Atomics::kAcquire);
    return taken_.load(Atomics::kRelaxed) - back;
  }

  // The fewest that ever were free when the taker looked: every `turn` slots and when it had none.
  [[nodiscard]] std::size_t least_free() const noexcept {
    return least_free_.load(Atomics::kRelaxed);
  }

 private:
  // Puts what was given back on top of what is in hand, the first one given on the very top: it has been
  // out of its reader's hands for longest.
  void fetch() noexcept {
    left_ = turn_;
    given_.take_all([this](std::uint32_t slot) {
      ACQ_CHECK(in_hand_ < count_);
      hand_[in_hand_++] = slot;
    });
    least_free_.store(std::min(in_hand_, least_free_.load(Atomics::kRelaxed)), Atomics::kRelaxed);
  }

  // Read by both sides, so not in a line that either writes.
  Slot* const slots_;
  const std::size_t count_;
  const std::size_t turn_;

  // The taker. The slots in hand, the next one last.
  alignas(kCacheLine) const std::unique_ptr<std::uint32_t[]> hand_;
  std::size_t in_hand_;
  std::size_t left_ = 0;  // to take before the next look
  typename Atomics::template Atomic<std::size_t> taken_{0};
  typename Atomics::template Atomic<std::size_t> least_free_{0};

  // Those who give.
  alignas(kCacheLine) FreeList<Atomics> given_;
  typename Atomics::template Atomic<std::size_t> put_back_{0};
};

}  // namespace acq
