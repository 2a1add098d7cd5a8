// Mean of the last samples of a stream, one channel.
#pragma once

#include <cstddef>
#include <vector>

#include "dsp/math/window_sum.h"

namespace acq {

// Sums in float64 that never subtract, so nothing drifts and NaN leaves with its sample.
//
// Threads: one; all but the constructor is real-time safe.
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
  static constexpr std::size_t kPiece = 512;

  void remember(const float* in, std::size_t count) noexcept;
  void run_piece(const float* in, std::size_t count, float* out) noexcept;

  std::size_t length_;
  WindowSum sum_;
  std::vector<float> ring_;  // the last samples
  std::size_t place_ = 0;    // of the next one in it
  std::size_t seen_ = 0;     // samples, up to the length
};

}  // namespace acq
