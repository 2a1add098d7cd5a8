#include "dsp/base/clock.h"

#include <time.h>

#include <algorithm>

namespace acq {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
// A stop request waits at most this long for a sleeper to notice.
constexpr std::int64_t kStopLatency_ns = 50'000'000;

std::int64_t read_clock(clockid_t id) noexcept {
  timespec t{};
  clock_gettime(id, &t);
  return std::int64_t{t.tv_sec} * kSecond + t.tv_nsec;
}

class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t now_ns() const noexcept override {
    return read_clock(CLOCK_MONOTONIC);
  }
  [[nodiscard]] std::int64_t utc_ns() const noexcept override { return read_clock(CLOCK_REALTIME); }

  void sleep_until(std::int64_t deadline_ns, const std::stop_token& stop) const noexcept override {
    for (std::int64_t now = now_ns(); now < deadline_ns && !stop.stop_requested(); now = now_ns()) {
      const std::int64_t until = std::min(deadline_ns, now + kStopLatency_ns);
      const timespec t{.tv_sec = until / kSecond, .tv_nsec = until % kSecond};
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, nullptr);
    }
  }
};

}  // namespace

const Clock& system_clock() noexcept {
  static const SystemClock clock;
  return clock;
}

}  // namespace acq
