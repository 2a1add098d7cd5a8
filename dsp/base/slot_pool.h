// The free slots of a pool: who may take one, who gives it back.
#pragma once

#include <cstddef>

#include "dsp/base/free_list.h"

namespace acq {

// Keeps the account of slots that somebody else owns. A slot has `next_free` and, where it is
// shared, `references`.
//
// Threads: add() before the first take(), take() by one thread, everything else by any.
// Orders: see FreeList for the hand-over to the next owner, RefCount for the holders.
template <typename Slot, typename Atomics = StdAtomics>
class SlotPool {
 public:
  void add(Slot* slot) noexcept { free_.give(slot); }

  // nullptr when all are in use.
  [[nodiscard]] Slot* take() noexcept {
    Slot* slot = free_.take();
    if (slot != nullptr) in_use_.fetch_add(1, Atomics::kRelaxed);
    return slot;
  }

  // Gives up one reference; the last one puts the slot back.
  void release(Slot* slot) noexcept {
    if (slot->references.drop()) put_back(slot);
  }

  // Puts back a slot that nobody else holds.
  void put_back(Slot* slot) noexcept {
    // Before the slot can be taken again, or the count could fall below zero.
    in_use_.fetch_sub(1, Atomics::kRelaxed);
    free_.give(slot);
  }

  // A moment's view.
  [[nodiscard]] std::size_t in_use() const noexcept { return in_use_.load(Atomics::kRelaxed); }

 private:
  FreeList<Slot, Atomics> free_;
  typename Atomics::template Atomic<std::size_t> in_use_{0};
};

}  // namespace acq
