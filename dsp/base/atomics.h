// The seam for atomics: the lock-free classes take their words from here, so that a model checker
// can put its own in their place.
#pragma once

#include <atomic>

namespace acq {

// The real ones.
struct StdAtomics {
  template <typename T>
  using Atomic = std::atomic<T>;
  static constexpr std::memory_order kRelaxed = std::memory_order_relaxed;
  static constexpr std::memory_order kAcquire = std::memory_order_acquire;
  static constexpr std::memory_order kRelease = std::memory_order_release;
  static constexpr std::memory_order kAcqRel = std::memory_order_acq_rel;

  // A sequentially consistent fence.
  static void fence() noexcept { std::atomic_thread_fence(std::memory_order_seq_cst); }
};

}  // namespace acq
