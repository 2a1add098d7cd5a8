// The seam for time: everything that reads a clock or waits goes through here, so tests own time.
#pragma once

#include <atomic>
#include <cstdint>
#include <stop_token>

namespace acq {

// Any thread. Times are nanoseconds of CLOCK_MONOTONIC unless the name says otherwise.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual std::int64_t now_ns() const noexcept = 0;
  [[nodiscard]] virtual std::int64_t utc_ns() const noexcept = 0;
  // Returns at the deadline, or soon after a stop is asked for.
  virtual void sleep_until(std::int64_t deadline_ns,
                           const std::stop_token& stop) const noexcept = 0;
};

// The machine's clocks.
const Clock& system_clock() noexcept;

// A clock that moves only when told to: advance() by a test, or sleep_until() by the code under
// test. Any thread.
class FakeClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t now_ns() const noexcept override { return now_ns_.load(); }
  [[nodiscard]] std::int64_t utc_ns() const noexcept override {
    return kUtcOffset_ns + now_ns_.load();
  }
  void sleep_until(std::int64_t deadline_ns, const std::stop_token&) const noexcept override {
    std::int64_t now = now_ns_.load();
    while (deadline_ns > now && !now_ns_.compare_exchange_weak(now, deadline_ns)) {
    }
  }
  void advance(std::int64_t duration_ns) noexcept { now_ns_.fetch_add(duration_ns); }

 private:
  mutable std::atomic<std::int64_t> now_ns_{1'000'000'000};
  static constexpr std::int64_t kUtcOffset_ns = 1'700'000'000'000'000'000;
};

}  // namespace acq
