// The seam for atomics: the lock-free classes take their words from here, so that a model checker
// can put its own in their place.
#pragma once

#include <atomic>

#include "dsp/base/process_fence.h"

namespace acq {

// The real ones.
struct StdAtomics {
  template <typename T>
  using Atomic = std::atomic<T>;
  static constexpr std::memory_order kRelaxed = std::memory_order_relaxed;
  static constexpr std::memory_order kAcquire = std::memory_order_acquire;
  static constexpr std::memory_order kRelease = std::memory_order_release;
  static constexpr std::memory_order kAcqRel = std::memory_order_acq_rel;

  // Sequentially consistent fences for two unequal sides: a light one pairs with heavy ones alone, a heavy
  // one with both (as P1202 has them). Within one process.
  //
  // Where the kernel fences all threads for the heavy side, the light one only keeps the compiler from
  // moving what stands around it.
  static void light_fence() noexcept {
    if (has_process_fence()) return std::atomic_signal_fence(std::memory_order_seq_cst);
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }
  static void heavy_fence() noexcept {
    if (has_process_fence()) return process_fence();
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }
};

}  // namespace acq
