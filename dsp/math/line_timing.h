// Edges, periods and pulse widths of one logic channel, in samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace acq {

// What ended within a piece of the signal. A pulse lasts from one edge to the next, a period from
// one rising edge to the next; each counts where it ends, so that none is lost between two pieces.
struct TimingSums {
  struct Widths {
    std::uint64_t shortest = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t longest = 0;  // 0: none
  };
  std::uint64_t edges = 0;
  std::uint64_t periods = 0;
  std::uint64_t period_samples = 0;  // of all periods together
  std::uint64_t high_samples = 0;    // of these
  Widths high;
  Widths low;
};

// 1 is at least 0.5; NaN is 0. One thread, real-time safe; the result does not depend on how the
// signal is cut.
class LineTiming {
 public:
  // Reads x[0 .. count), the first of them sample number `first`.
  void add(const float* x, std::size_t count, std::uint64_t first) noexcept;
  // Gives what ended since the last time.
  TimingSums take() noexcept;
  // Forgets the past: the signal is broken here.
  void reset() noexcept { *this = {}; }

 private:
  void edge(std::uint64_t index) noexcept;

  bool has_level_ = false;
  bool is_high_ = false;
  bool has_edge_ = false;
  bool has_rise_ = false;
  std::uint64_t edge_ = 0;  // first sample behind the last one of each kind
  std::uint64_t rise_ = 0;
  std::uint64_t fall_ = 0;
  TimingSums sums_;
};

}  // namespace acq
