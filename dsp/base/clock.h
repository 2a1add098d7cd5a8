// The seam for time: everything that reads a clock or waits goes through here, so tests own time.
#pragma once

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
// test.
class FakeClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t now_ns() const noexcept override { return now_ns_; }
  [[nodiscard]] std::int64_t utc_ns() const noexcept override { return utc_offset_ns_ + now_ns_; }
  void sleep_until(std::int64_t deadline_ns, const std::stop_token&) const noexcept override {
    if (deadline_ns > now_ns_) now_ns_ = deadline_ns;
  }
  void advance(std::int64_t duration_ns) noexcept { now_ns_ += duration_ns; }

 private:
  mutable std::int64_t now_ns_ = 1'000'000'000;
  std::int64_t utc_offset_ns_ = 1'700'000'000'000'000'000;
};

}  // namespace acq
