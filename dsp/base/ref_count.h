// How many still use a slot.
#pragma once

#include <cstdint>

#include "dsp/base/atomics.h"
#include "dsp/base/result.h"

namespace acq {

// Threads: share() by the owner before the others can see the slot, drop() by any holder, once
// each.
//
// Orders: drop()'s acq_rel pairs with every other holder's drop(), so that whatever they did with
// the slot happened before its last holder puts it back. share() needs no order of its own: whoever
// hands the slot over (the ring) publishes the count with it.
template <typename Atomics = StdAtomics>
class RefCount {
 public:
  void share(std::uint32_t holders) noexcept { count_.store(holders, Atomics::kRelaxed); }

  // True for the last holder, who now owns the slot alone. Aborts when nobody held it.
  [[nodiscard]] bool drop() noexcept {
    const std::uint32_t before = count_.fetch_sub(1, Atomics::kAcqRel);
    ACQ_CHECK(before != 0);
    return before == 1;
  }

 private:
  typename Atomics::template Atomic<std::uint32_t> count_{0};
};

}  // namespace acq
