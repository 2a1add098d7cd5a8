// Bounded queue of small values between two threads.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "dsp/base/result.h"

namespace acq {

// The real atomics. A model checker or a mutant test gives its own policy.
struct StdAtomics {
  template <typename T>
  using Atomic = std::atomic<T>;
  static constexpr std::memory_order kRelaxed = std::memory_order_relaxed;
  static constexpr std::memory_order kAcquire = std::memory_order_acquire;
  static constexpr std::memory_order kRelease = std::memory_order_release;
  static constexpr std::memory_order kAcqRel = std::memory_order_acq_rel;
};

// Bounded queue, one producer thread, one consumer thread. Capacity is rounded up to a power of
// two.
//
// Promise: every value pushed is popped once, in order; push() on a full ring and front() on an
// empty one return at once. Nothing blocks, nothing allocates after construction.
//
// Orders: push()'s release of head_ pairs with front()'s acquire of head_ (the slot's content is
// seen); pop()'s release of tail_ pairs with push()'s acquire of tail_ (the slot is free to
// overwrite). Each side keeps a copy of the other's index, so the shared lines are touched only
// when it runs out.
template <typename T, typename Atomics = StdAtomics>
class SpscRing {
 public:
  explicit SpscRing(std::size_t capacity)
      : mask_(std::bit_ceil(capacity < 1 ? std::size_t{1} : capacity) - 1),
        slots_(std::make_unique<T[]>(mask_ + 1)) {}
  SpscRing(const SpscRing&) = delete;
  SpscRing& operator=(const SpscRing&) = delete;

  [[nodiscard]] std::size_t capacity() const noexcept { return mask_ + 1; }

  // Producer. False when the ring is full: the value is not taken.
  [[nodiscard]] bool push(const T& value) noexcept {
    const std::uint64_t head = head_.load(Atomics::kRelaxed);
    if (head - tail_seen_ > mask_) {
      tail_seen_ = tail_.load(Atomics::kAcquire);
      if (head - tail_seen_ > mask_) return false;
    }
    slots_[head & mask_] = value;
    head_.store(head + 1, Atomics::kRelease);
    return true;
  }

  // Consumer. The oldest value, or nullptr when there is none. Valid until pop().
  [[nodiscard]] T* front() noexcept {
    const std::uint64_t tail = tail_.load(Atomics::kRelaxed);
    if (tail == head_seen_) {
      head_seen_ = head_.load(Atomics::kAcquire);
      if (tail == head_seen_) return nullptr;
    }
    return &slots_[tail & mask_];
  }

  // Consumer. Drops the value that front() showed.
  void pop() noexcept { tail_.store(tail_.load(Atomics::kRelaxed) + 1, Atomics::kRelease); }

  // Any thread; a moment's view.
  [[nodiscard]] std::size_t size() const noexcept {
    const std::uint64_t tail = tail_.load(Atomics::kAcquire);
    return static_cast<std::size_t>(head_.load(Atomics::kAcquire) - tail);
  }

 private:
  static constexpr std::size_t kLine = 128;  // two lines: the adjacent one is prefetched too

  const std::size_t mask_;
  const std::unique_ptr<T[]> slots_;
  alignas(kLine) typename Atomics::template Atomic<std::uint64_t> head_{0};
  std::uint64_t tail_seen_ = 0;  // producer's
  alignas(kLine) typename Atomics::template Atomic<std::uint64_t> tail_{0};
  std::uint64_t head_seen_ = 0;  // consumer's
};

}  // namespace acq
