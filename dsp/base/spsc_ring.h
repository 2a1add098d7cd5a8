// Bounded queue of small values between two threads.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "dsp/base/atomics.h"
#include "dsp/base/cache_line.h"
#include "dsp/base/result.h"

namespace acq {

// Bounded queue, one producer thread, one consumer thread. Capacity is rounded up to a power of
// two.
//
// Promise: every value pushed is popped once, in order; push() on a full ring and front() on an
// empty one return at once. Nothing blocks, nothing allocates after construction.
//
// Orders: push()'s release of head_ pairs with front()'s acquire of head_ (the slot's content is
// seen); pop()'s release of tail_ pairs with the producer's acquires of tail_ (the slot is free
// to overwrite). Each side keeps a copy of the other's index, so the shared lines are touched only
// when it runs out.
template <typename T, typename Atomics = StdAtomics>
class SpscRing {
 public:
  // The two counters run from `first_index` and wrap at 2^64: tests start them near the end.
  explicit SpscRing(std::size_t capacity, std::uint64_t first_index = 0)
      : mask_(mask_for(capacity)),
        slots_(std::make_unique<T[]>(mask_ + 1)),
        head_(first_index),
        tail_seen_(first_index),
        fill_mask_(mask_),
        fill_(slots_.get()),
        tail_(first_index),
        head_seen_(first_index) {}
  SpscRing(const SpscRing&) = delete;
  SpscRing& operator=(const SpscRing&) = delete;

  [[nodiscard]] std::size_t capacity() const noexcept { return mask_ + 1; }

  // Producer. False when the ring is full: the value is not taken.
  [[nodiscard]] bool push(const T& value) noexcept {
    const std::uint64_t head = head_.load(Atomics::kRelaxed);
    if (head - tail_seen_ > fill_mask_) {
      tail_seen_ = tail_.load(Atomics::kAcquire);
      if (head - tail_seen_ > fill_mask_) return false;
    }
    fill_[head & fill_mask_] = value;
    head_.store(head + 1, Atomics::kRelease);
    return true;
  }

  // Producer. How many are queued where that is more than `limit`, else some number up to it: looks
  // at the consumer's side only when it has to.
  [[nodiscard]] std::size_t size_above(std::size_t limit) noexcept {
    const std::uint64_t head = head_.load(Atomics::kRelaxed);
    if (head - tail_seen_ > limit) tail_seen_ = tail_.load(Atomics::kAcquire);
    return static_cast<std::size_t>(head - tail_seen_);
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

  // Consumer. The value behind front()'s, or nullptr when it is not known yet to be there: good for
  // fetching early what it points to.
  [[nodiscard]] const T* behind_front() const noexcept {
    const std::uint64_t tail = tail_.load(Atomics::kRelaxed);
    return head_seen_ - tail > 1 ? &slots_[(tail + 1) & mask_] : nullptr;
  }

  // Consumer. Drops the value that front() showed; without one, aborts.
  void pop() noexcept {
    const std::uint64_t tail = tail_.load(Atomics::kRelaxed);
    ACQ_CHECK(tail != head_seen_);
    tail_.store(tail + 1, Atomics::kRelease);
  }

  // Any thread; a moment's view, exact when both sides rest.
  [[nodiscard]] std::size_t size() const noexcept {
    // This order, so that the difference is never negative; a third thread may be held up between
    // the two loads, hence the bound.
    const std::uint64_t tail = tail_.load(Atomics::kAcquire);
    const std::uint64_t head = head_.load(Atomics::kAcquire);
    return static_cast<std::size_t>(std::min<std::uint64_t>(head - tail, mask_ + 1));
  }

 private:
  static std::size_t mask_for(std::size_t capacity) noexcept {
    ACQ_CHECK(capacity <= std::size_t{1} << 32);
    return std::bit_ceil(std::max<std::size_t>(capacity, 1)) - 1;
  }

  const std::size_t mask_;
  const std::unique_ptr<T[]> slots_;
  alignas(kCacheLine) typename Atomics::template Atomic<std::uint64_t> head_;
  std::uint64_t tail_seen_;  // producer's, as what follows: all it needs is in one line
  const std::size_t fill_mask_;
  T* const fill_;
  alignas(kCacheLine) typename Atomics::template Atomic<std::uint64_t> tail_;
  std::uint64_t head_seen_;  // consumer's
};

}  // namespace acq
