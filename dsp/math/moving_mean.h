// Mean of the last samples of a stream, one channel.
#pragma once

#include <cstddef>
#include <vector>

namespace acq {

// Never subtracts, so nothing drifts and NaN leaves with its sample: the stream is split into
// blocks as long as the window, and a window is the end of one block and the start of the next.
// Sums in float64; the ends of the last block are summed once when it is complete.
//
// Source: the two-pass scheme of van Herk (1992) and Gil and Werman (1993), with sums for maxima.
// Threads: one; all but the constructor is real-time safe, the end of a block takes `length` adds.
class MovingMean {
 public:
  explicit MovingMean(std::size_t length = 1);

  // out[i] = mean of in[i] and the length - 1 samples before; of those there are, at the start.
  // `out` may be `in`.
  void run(const float* in, std::size_t count, float* out) noexcept;
  void reset() noexcept;
  // Takes over what another one has seen, as far as this one looks back.
  void adopt(const MovingMean& before) noexcept;

 private:
  void step(const float* in, float* out) noexcept;
  void run_groups(const float* in, std::size_t groups, float* out) noexcept;
  void end_block() noexcept;
  void end_group() noexcept;
  [[nodiscard]] float mean(double sum, std::size_t place) const noexcept;

  std::size_t length_;
  double per_length_;
  std::vector<float> block_;  // samples of this block, then those left of the one before
  std::vector<double> ends_;  // of the block before: sum from each place to the end
  std::size_t place_ = 0;     // of the next sample in the block
  std::size_t in_group_ = 0;  // samples summed in `group_`
  bool is_first_ = true;      // no block is complete yet
  double start_ = 0;          // sum of the groups of this block
  double group_ = 0;
};

}  // namespace acq
