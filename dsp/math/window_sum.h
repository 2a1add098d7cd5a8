// Sums over the last values of a stream, float64.
#pragma once

#include <cstddef>
#include <vector>

#include "dsp/base/planes.h"

namespace acq {

// Never subtracts, so nothing drifts and NaN leaves with its value: sums over 2, 4, 8 ... values are each
// made of two over half as many, and those in the binary digits of the length make the window. Each sum
// depends on the values in its window alone, whatever the cut.
//
// Source: the doubling of Hillis and Steele, Comm. ACM 29 (1986) 1170, over a stream.
// Threads: one; all but the constructor is real-time safe. 2 log2(length) additions a value at most.
class WindowSum {
 public:
  explicit WindowSum(std::size_t length = 1);

  // sums[i] = x[i] and the length - 1 values before, which are 0 before the first. `sums` may be `x`.
  void run(const double* x, std::size_t count, double* sums) noexcept;
  void reset() noexcept;

 private:
  static constexpr std::size_t kTile = 512;  // what stays in the first-level cache with its delays

  // The last values of a sum, for one that reaches as far back.
  struct Delay {
    AlignedVector<double> past;  // a ring
    std::size_t at = 0;          // of the oldest
  };

  static void add_delayed(Delay& delay, const double* newer, const double* older, std::size_t count,
                          double* sum) noexcept;
  void run_tile(const double* x, std::size_t count, double* sums) noexcept;

  std::size_t length_;
  std::vector<Delay> doubling_;   // of sums over 1, 2, 4 ... values
  std::vector<Delay> combining_;  // of the window so far, as long as the digit it meets; or empty
  AlignedVector<double> work_;
};

}  // namespace acq
