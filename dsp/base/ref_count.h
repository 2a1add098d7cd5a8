// How many still use a slot.
#pragma once

#include <cstdint>

#include "dsp/base/atomics.h"
#include "dsp/base/result.h"

namespace acq {

// Threads: share() by the owner before the others can see the slot; add() by any holder; drop() by any
// holder, once each.
//
// Orders: drop()'s acquire and release pair with every other holder's drop(), so that whatever they
// did with the slot happened before its last holder puts it back. The last one knows that it is
// alone from a load: nobody else may change the count any more. share() and add() need no order of their
// own: whoever hands the slot over (the ring) publishes the count with it.
template <typename Atomics = StdAtomics>
class RefCount {
 public:
  void share(std::uint32_t holders) noexcept { count_.store(holders, Atomics::kRelaxed); }

  // One holder more: by one that there is, before the new one can see the slot.
  void add() noexcept { count_.fetch_add(1, Atomics::kRelaxed); }

  // True for the last holder, who now owns the slot alone. Aborts when nobody held it.
  [[nodiscard]] bool drop() noexcept {
    if (count_.load(Atomics::kAcquire) == 1) {
      count_.store(0, Atomics::kRelaxed);
      return true;
    }
    const std::uint32_t before = count_.fetch_sub(1, Atomics::kAcqRel);
    ACQ_CHECK(before != 0);
    return before == 1;
  }

 private:
  typename Atomics::template Atomic<std::uint32_t> count_{0};
};

}  // namespace acq
