// Last-in first-out list of free slots: many threads give back, one takes.
#pragma once

#include "dsp/base/atomics.h"

namespace acq {

// Intrusive stack of nodes with a member `next_free` (an atomic pointer to a node).
//
// Threads: give() from any thread, take() from one thread only. Because only that thread removes, a
// node seen at the top cannot leave and come back between its load and its exchange (no ABA).
//
// Orders: give()'s release pairs with take()'s acquire, so that whatever the giver did with the
// slot happened before its new owner writes to it. Every change of top_ is a read-modify-write, so
// the release of an earlier give() still holds for the nodes below the top (release sequence), and
// take()'s own exchange need not release; nor acquire, since it reads what the load before it read.
template <typename Node, typename Atomics = StdAtomics>
class FreeList {
 public:
  void give(Node* node) noexcept {
    Node* top = top_.load(Atomics::kRelaxed);
    do {
      node->next_free.store(top, Atomics::kRelaxed);
    } while (!top_.compare_exchange_weak(top, node, Atomics::kRelease, Atomics::kRelaxed));
  }

  // nullptr when nothing is free.
  [[nodiscard]] Node* take() noexcept {
    Node* top = top_.load(Atomics::kAcquire);
    while (top != nullptr &&
           !top_.compare_exchange_weak(top, top->next_free.load(Atomics::kRelaxed),
                                       Atomics::kRelaxed, Atomics::kAcquire)) {
    }
    return top;
  }

 private:
  typename Atomics::template Atomic<Node*> top_{nullptr};
};

}  // namespace acq
