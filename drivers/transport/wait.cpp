#include "drivers/transport/wait.h"

#include <algorithm>
#include <ctime>

#include "dsp/base/clock.h"

namespace acq {

std::int64_t remaining_ns(const Until& until) noexcept {
  if (until.stop.stop_requested()) return 0;
  return std::max<std::int64_t>(until.deadline_ns - system_clock().now_ns(), 0);
}

bool wait_ready(std::span<pollfd> descriptors, const Until& until) noexcept {
  constexpr std::int64_t kSlice_ns = 20'000'000;
  constexpr std::int64_t kSecond_ns = 1'000'000'000;
  while (!until.stop.stop_requested()) {
    const std::int64_t left_ns = remaining_ns(until);
    const std::int64_t wait_ns =
        until.stop.stop_possible() ? std::min(left_ns, kSlice_ns) : left_ns;
    const timespec wait{.tv_sec = wait_ns / kSecond_ns, .tv_nsec = wait_ns % kSecond_ns};
    // An interrupted wait is only a shorter one.
    if (::ppoll(descriptors.data(), descriptors.size(), &wait, nullptr) > 0) return true;
    if (left_ns == 0) return false;
  }
  return false;
}

bool wait_ready(int descriptor, short events, const Until& until) noexcept {
  pollfd one{.fd = descriptor, .events = events, .revents = 0};
  return wait_ready(std::span(&one, 1), until);
}

}  // namespace acq
