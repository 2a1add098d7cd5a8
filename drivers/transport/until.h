// How long a transport may take.
#pragma once

#include <cstdint>
#include <stop_token>

namespace acq {

// The end of an operation: its deadline, or soon (20 ms) after a stop is asked for, which counts as
// a deadline that has come.
struct Until {
  std::int64_t deadline_ns = 0;  // CLOCK_MONOTONIC
  std::stop_token stop = {};
};

}  // namespace acq
