// The cheapest clock there is, for timing single blocks.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#else
#include <time.h>
#endif

namespace acq {

// Ticks of a constant-rate counter; see cycles_to_ns(). About 6 ns a call, where a system clock
// costs 22.
inline std::uint64_t cycles() noexcept {
#if defined(__x86_64__)
  return __rdtsc();
#elif defined(__aarch64__)
  std::uint64_t ticks = 0;
  asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(t.tv_nsec);
#endif
}

// Nanoseconds of a tick count. The rate is measured once, on the first call (20 ms); any thread.
std::uint64_t cycles_to_ns(std::uint64_t ticks) noexcept;

}  // namespace acq
