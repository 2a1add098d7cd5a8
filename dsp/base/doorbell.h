// Wakes one sleeping thread, and costs almost nothing while it is awake.
#pragma once

#include <atomic>
#include <cstdint>

namespace acq {

// An eventfd that is written only when the waiter has said it will sleep.
// Threads: ring() from any thread, the rest from one thread, the waiter.
//
// Use: arm(); look for work once more; if there is none, wait_until(); disarm(). A ring that comes
// too late for one wait ends the next one early; it is never lost. Orders: arm()'s and ring()'s
// sequentially consistent fences pair with each other: either the ringer sees the waiter armed, or
// the waiter sees the ringer's work in its last look (Dekker).
class Doorbell {
 public:
  Doorbell();
  ~Doorbell();
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  void ring() noexcept {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (armed_.load(std::memory_order_relaxed)) wake();
  }

  void arm() noexcept {
    armed_.store(true, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }
  // Returns when rung, or at the deadline (CLOCK_MONOTONIC, ns).
  void wait_until(std::int64_t deadline_ns) noexcept;
  void disarm() noexcept { armed_.store(false, std::memory_order_relaxed); }

  // For waiting on sockets at the same time: readable when rung while armed, until cleared.
  [[nodiscard]] int fd() const noexcept { return fd_; }
  void clear() noexcept;

 private:
  void wake() noexcept;

  int fd_;
  std::atomic<bool> armed_{false};
};

}  // namespace acq
