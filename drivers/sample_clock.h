// When a device makes its samples.
#pragma once

#include <cstdint>

#include "dsp/base/time.h"

namespace acq {

// Sample `first` is made at `start_ns` and one more every 1 / rate; exact over any run length.
class SampleClock {
 public:
  SampleClock() = default;
  SampleClock(std::int64_t start_ns, std::uint64_t first, Rational rate_hz) noexcept
      : start_ns_(start_ns), first_(first), rate_hz_(rate_hz) {}

  // How many samples are complete at `now_ns`: sample n is once its period is over.
  [[nodiscard]] std::uint64_t made_at(std::int64_t now_ns) const noexcept {
    if (now_ns <= start_ns_) return first_;
    const Wide elapsed = static_cast<std::uint64_t>(now_ns - start_ns_);
    return first_ +
           static_cast<std::uint64_t>(elapsed * rate_hz_.num / (Wide{rate_hz_.den} * kSecond));
  }
  // The first nanosecond at which sample `sample` is due, that is, all before it are complete.
  [[nodiscard]] std::int64_t time_of(std::uint64_t sample) const noexcept {
    if (sample <= first_) return start_ns_;
    const Wide ticks = Wide{sample - first_} * rate_hz_.den * kSecond;
    const Wide after_ns = (ticks + rate_hz_.num - 1) / rate_hz_.num;
    return start_ns_ + static_cast<std::int64_t>(after_ns < kBeyond_ns ? after_ns : kBeyond_ns);
  }

  // The same for a device's own count, which may have jumped before its start.
  [[nodiscard]] std::int64_t time_of_tick(std::int64_t tick) const noexcept {
    if (tick >= 0) return time_of(static_cast<std::uint64_t>(tick));
    return 2 * start_ns_ - time_of(static_cast<std::uint64_t>(-tick));
  }

 private:
  __extension__ using Wide = unsigned __int128;
  static constexpr std::uint64_t kSecond = 1'000'000'000;
  static constexpr std::uint64_t kBeyond_ns = std::uint64_t{1} << 61;  // 73 years: never

  std::int64_t start_ns_ = 0;
  std::uint64_t first_ = 0;
  Rational rate_hz_{1, 1};
};

}  // namespace acq
