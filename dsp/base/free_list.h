// Slots that nobody uses: many threads give back, whoever needs some takes them all.
#pragma once

#include "dsp/base/atomics.h"

namespace acq {

// Intrusive stack of nodes with a member `next_free` (an atomic pointer to a node).
//
// Threads: any. Nodes leave together or not at all, so a node seen at the top cannot leave and come
// back below others between give()'s load and its exchange (no ABA).
//
// Orders: give()'s release pairs with take_all()'s acquire, so that whatever the giver did with the
// slot happened before its new owner writes to it. Every change of top_ is a read-modify-write, so
// the release of an earlier give() still holds for the nodes below the top (release sequence).
template <typename Node, typename Atomics = StdAtomics>
class FreeList {
 public:
  void give(Node* node) noexcept {
    Node* top = top_.load(Atomics::kRelaxed);
    do {
      node->next_free.store(top, Atomics::kRelaxed);
    } while (!top_.compare_exchange_weak(top, node, Atomics::kRelease, Atomics::kRelaxed));
  }

  // All of them, the last one given first, linked by `next_free`; nullptr when there are none.
  [[nodiscard]] Node* take_all() noexcept {
    if (is_empty()) return nullptr;  // only looks: the line stays with those who give
    return top_.exchange(nullptr, Atomics::kAcquire);
  }

  // A moment's view.
  [[nodiscard]] bool is_empty() const noexcept { return top_.load(Atomics::kRelaxed) == nullptr; }

 private:
  typename Atomics::template Atomic<Node*> top_{nullptr};
};

}  // namespace acq
