#include "dsp/math/moving_mean.h"

#include <algorithm>

namespace acq {

MovingMean::MovingMean(std::size_t length) : length_(length), sum_(length), ring_(length, 0.0F) {}

void MovingMean::run(const float* in, std::size_t count, float* out) noexcept {
  for (std::size_t at = 0; at < count; at += kPiece) {
    run_piece(in + at, std::min(kPiece, count - at), out + at);
  }
}

void MovingMean::run_piece(const float* in, std::size_t count, float* out) noexcept {
  remember(in, count);
  double sums[kPiece];
  std::copy_n(in, count, sums);
  sum_.run(sums, count, sums);
  std::size_t i = 0;
  for (; i < count && seen_ < length_; ++i) {
    out[i] = static_cast<float>(sums[i] / static_cast<double>(++seen_));
  }
  const double per_length = 1 / static_cast<double>(length_);
  for (; i < count; ++i) out[i] = static_cast<float>(sums[i] * per_length);
}

void MovingMean::remember(const float* in, std::size_t count) noexcept {
  const std::size_t kept = std::min(count, length_);
  const std::size_t to_end = std::min(kept, length_ - place_);
  const float* const last = in + (count - kept);
  std::copy_n(last, to_end, ring_.begin() + static_cast<std::ptrdiff_t>(place_));
  std::copy_n(last + to_end, kept - to_end, ring_.begin());
  place_ = (place_ + kept) % length_;
}

void MovingMean::reset() noexcept {
  sum_.reset();
  place_ = seen_ = 0;
}

void MovingMean::adopt(const MovingMean& before) noexcept {
  reset();
  float unused[kPiece];
  for (std::size_t left = std::min(before.seen_, length_); left > 0;) {
    const std::size_t from = (before.place_ + before.length_ - left) % before.length_;
    const std::size_t count = std::min({left, kPiece, before.length_ - from});
    run_piece(before.ring_.data() + from, count, unused);
    left -= count;
  }
}

}  // namespace acq
