// Whether somebody sleeps and must be woken: the protocol of the Doorbell, without its wire.
#pragma once

#include "dsp/base/atomics.h"

namespace acq {

// Threads: rings_first() from any thread of the process, the rest from one thread, the waiter.
//
// Waiter: arm(); look for work once more; if there is none, sleep; disarm().
// Ringer: publish the work; if rings_first(), send the waiter its signal.
//
// Orders: arm()'s heavy fence pairs with rings_first()'s light one: either the ringer sees the
// waiter armed, or the waiter sees the ringer's work in its last look (Dekker). The ringer is the side
// that runs for every packet; a full fence there would wait until the packet's samples have left
// for the cache. The exchange picks one ringer for each arm(), so signals cannot pile up.
template <typename Atomics = StdAtomics>
class WakeFlag {
 public:
  // True for the first ringer after an arm(): it must signal. Costs a load otherwise.
  [[nodiscard]] bool rings_first() noexcept {
    Atomics::light_fence();
    return armed_.load(Atomics::kRelaxed) && armed_.exchange(false, Atomics::kRelaxed);
  }

  void arm() noexcept {
    armed_.store(true, Atomics::kRelaxed);
    Atomics::heavy_fence();
  }
  void disarm() noexcept { armed_.store(false, Atomics::kRelaxed); }

 private:
  typename Atomics::template Atomic<bool> armed_{false};
};

}  // namespace acq
