// Wakes one sleeping thread, and costs almost nothing while it is awake.
#pragma once

#include <cstdint>

#include "dsp/base/wake_flag.h"

namespace acq {

// An eventfd that is written only when the waiter has said it will sleep.
// Threads: ring() from any thread of the process, the rest from one thread, the waiter.
//
// Use: arm(); look for work once more; if there is none, wait_until(); disarm(). A ring that comes
// too late for one wait ends the next one early; it is never lost. Orders: see WakeFlag.
class Doorbell {
 public:
  // Throws std::system_error when the process has no descriptor left.
  Doorbell();
  ~Doorbell();
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  void ring() noexcept {
    if (flag_.rings_first()) wake();
  }

  void arm() noexcept { flag_.arm(); }
  // Returns when rung, at the deadline (CLOCK_MONOTONIC, ns), or when a signal handler ran.
  void wait_until(std::int64_t deadline_ns) noexcept;
  void disarm() noexcept { flag_.disarm(); }

  // For waiting on sockets at the same time: readable when rung while armed, until cleared.
  [[nodiscard]] int fd() const noexcept { return fd_; }
  void clear() noexcept;

 private:
  void wake() noexcept;

  int fd_;
  WakeFlag<> flag_;
};

}  // namespace acq
