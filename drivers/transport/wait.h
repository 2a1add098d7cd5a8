// Waiting for descriptors.
#pragma once

#include <poll.h>

#include <cstdint>
#include <span>

#include "drivers/transport/until.h"

namespace acq {

// Nanoseconds left; 0 once the deadline has come or a stop was asked for.
std::int64_t remaining_ns(const Until& until) noexcept;

// Whether the deadline has come, or a stop was asked for. Who drops what keeps coming has to look.
inline bool is_over(const Until& until) noexcept {
  return remaining_ns(until) == 0;
}

// Waits until one of the descriptors is ready, as poll(2) says it. False: the deadline has come.
// What is ready at once is seen even when the deadline is over, unless a stop was asked for.
bool wait_ready(std::span<pollfd> descriptors, const Until& until) noexcept;
bool wait_ready(int descriptor, short events, const Until& until) noexcept;

}  // namespace acq
