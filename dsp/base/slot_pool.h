// The free slots of a pool: who may take one, who gives it back.
#pragma once

#include <algorithm>
#include <cstddef>

#include "dsp/base/free_list.h"

namespace acq {

// The turn for slots with so many bytes each: 1 MiB of them. What another core has just read is
// dearer to write than what has left its cache since, and what lies in the memory dearer still
// (docs/performance.md, the ring).
constexpr std::size_t turn_of(std::size_t slot_bytes) noexcept {
  constexpr std::size_t kTurnBytes = std::size_t{1} << 20;
  constexpr std::size_t kShortest = 4;
  return std::max(kShortest, kTurnBytes / std::max<std::size_t>(slot_bytes, 1));
}

// Keeps the account of slots that somebody else owns. A slot has `next_free` and, where it is
// shared, `references`.
//
// What is given back goes to a list that all threads share; the taker fetches from there only every
// `turn` slots and keeps the rest in hand. So the two sides seldom meet, and of a large pool only
// two turns are in use as long as the consumers keep up.
//
// Threads: add() before the first take(); take() and has_free() by one thread; the rest by any.
// Orders: see FreeList for the hand-over to the next owner, RefCount for the holders. in_use()'s
// acquire pairs with put_back()'s release: who sees a slot given sees that it was taken.
template <typename Slot, typename Atomics = StdAtomics>
class SlotPool {
 public:
  // `turn`: how many to take between two looks at what was given back, 1 or more.
  explicit SlotPool(std::size_t turn) noexcept : turn_(turn) {}

  void add(Slot* slot) noexcept {
    slot->next_free.store(hand_, Atomics::kRelaxed);
    hand_ = slot;
    ++in_hand_;
    least_free_.store(in_hand_, Atomics::kRelaxed);
  }

  // nullptr when all are in use.
  [[nodiscard]] Slot* take() noexcept {
    if (left_ == 0 || hand_ == nullptr) fetch();
    Slot* slot = hand_;
    if (slot == nullptr) return nullptr;
    hand_ = slot->next_free.load(Atomics::kRelaxed);
    --in_hand_;
    --left_;
    taken_.store(taken_.load(Atomics::kRelaxed) + 1, Atomics::kRelaxed);
    return slot;
  }

  // Whether take() would find one.
  [[nodiscard]] bool has_free() const noexcept { return hand_ != nullptr || !given_.is_empty(); }

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
    given_.give(slot);
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
  // Puts what was given back on top of what is in hand.
  void fetch() noexcept {
    left_ = turn_;
    Slot* const first = given_.take_all();
    if (first != nullptr) {
      Slot* last = first;
      for (++in_hand_; Slot* next = last->next_free.load(Atomics::kRelaxed); ++in_hand_)
        last = next;
      last->next_free.store(hand_, Atomics::kRelaxed);
      hand_ = first;
    }
    least_free_.store(std::min(in_hand_, least_free_.load(Atomics::kRelaxed)), Atomics::kRelaxed);
  }

  static constexpr std::size_t kLine = 128;  // two lines: the adjacent one is prefetched too

  // Those who give.
  alignas(kLine) FreeList<Slot, Atomics> given_;
  typename Atomics::template Atomic<std::size_t> put_back_{0};

  // The taker.
  alignas(kLine) Slot* hand_ = nullptr;
  std::size_t in_hand_ = 0;
  const std::size_t turn_;
  std::size_t left_ = 0;  // to take before the next look
  typename Atomics::template Atomic<std::size_t> taken_{0};
  typename Atomics::template Atomic<std::size_t> least_free_{0};
};

}  // namespace acq
