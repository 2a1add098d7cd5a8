// Mean, standard deviation, extremes of any number of samples, in one pass and without
// cancellation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace acq {

// What RunningStats knows of the samples it has seen.
struct Moments {
  std::uint64_t count = 0;
  double mean = 0;
  double squares = 0;  // sum of (x - mean)^2
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
  bool has_nan = false;  // then mean and squares are NaN, min and max mean nothing

  // sqrt(squares / (count - ddof)); NaN unless count > ddof.
  [[nodiscard]] double std(int ddof = 0) const noexcept;
  // sqrt of the mean of x^2; NaN without samples.
  [[nodiscard]] double rms() const noexcept;
};

// Gathers samples. Blocks of 512 are summed twice in float64 (first for the mean, then for the
// squares about it, while they are in the cache) and merged (Chan, Golub, LeVeque, The American
// Statistician 37 (1983) 242): no cancellation however large the mean is against the deviation.
//
// One thread, real-time safe. The result does not depend on how the samples are cut, bit for bit.
class RunningStats {
 public:
  void clear() noexcept { *this = RunningStats(); }
  void add(std::span<const float> samples) noexcept;
  [[nodiscard]] std::uint64_t count() const noexcept { return merged_.count + waiting_; }
  [[nodiscard]] Moments result() const noexcept;

 private:
  static constexpr std::size_t kBlock = 512;

  Moments merged_;
  std::size_t waiting_ = 0;
  std::array<float, kBlock> block_;  // [0, waiting_) are not merged yet
};

// The moments of a whole array.
Moments moments_of(std::span<const float> samples) noexcept;

}  // namespace acq
