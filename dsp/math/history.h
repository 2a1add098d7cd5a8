// The latest samples of a waveform, kept for what reaches back before the present chunk.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include "dsp/base/planes.h"

namespace acq {

// A ring for each channel. Allocates when made; everything else is real-time safe.
class History {
 public:
  History() = default;
  History(std::size_t channels, std::size_t capacity) : ring_(channels, capacity) {}

  // Samples kept of each channel, at most the capacity.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  void clear() noexcept { size_ = 0; }

  // Adds `count` samples of each channel, planes[channel][0 .. count).
  void append(const float* const* planes, std::size_t count) noexcept {
    const std::size_t capacity = ring_.count();
    const std::size_t kept = std::min(count, capacity);
    const std::size_t first = std::min(kept, capacity - next_);
    for (std::size_t c = 0; c < ring_.channels(); ++c) {
      const float* latest = planes[c] + (count - kept);
      std::copy_n(latest, first, ring_[c] + next_);
      std::copy_n(latest + first, kept - first, ring_[c]);
    }
    next_ = capacity == 0 ? 0 : (next_ + kept) % capacity;
    size_ = std::min(capacity, size_ + kept);
  }

  // Copies the latest `count` samples of one channel, oldest first.
  void copy(std::size_t channel, std::size_t count, float* to) const noexcept {
    const std::size_t capacity = ring_.count();
    if (count == 0) return;
    const std::size_t from = (next_ + capacity - count) % capacity;
    const std::size_t first = std::min(count, capacity - from);
    std::copy_n(ring_[channel] + from, first, to);
    std::copy_n(ring_[channel], count - first, to + first);
  }

  // Takes over as many samples of another history of the same channels as fit.
  void adopt(History& before) noexcept {
    if (before.ring_.count() == ring_.count()) {
      std::swap(*this, before);
      return;
    }
    size_ = std::min(before.size_, ring_.count());
    for (std::size_t c = 0; c < ring_.channels(); ++c) before.copy(c, size_, ring_[c]);
    next_ = ring_.count() == 0 ? 0 : size_ % ring_.count();
  }

 private:
  Planes ring_;
  std::size_t next_ = 0;  // where the next sample goes
  std::size_t size_ = 0;
};

}  // namespace acq
