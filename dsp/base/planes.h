// Memory for samples: float32 planes, aligned as vector instructions and FFTs like it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <new>
#include <span>
#include <vector>

#include "dsp/base/signal.h"

namespace acq {

inline constexpr std::size_t kPlaneAlign = 64;

template <typename T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <typename U>
  explicit AlignedAllocator(const AlignedAllocator<U>& /*other*/) noexcept {}
  T* allocate(std::size_t count) {
    return static_cast<T*>(::operator new(count * sizeof(T), std::align_val_t{kPlaneAlign}));
  }
  void deallocate(T* p, std::size_t /*count*/) noexcept {
    ::operator delete(p, std::align_val_t{kPlaneAlign});
  }
  bool operator==(const AlignedAllocator&) const noexcept = default;
};

template <typename T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

// `channels` planes of `count` values, each 64-byte aligned, all zero at first. One spare cache
// line lies between planes, so that equal positions of several planes do not meet in one cache set.
class Planes {
 public:
  Planes() = default;
  Planes(std::size_t channels, std::size_t count)
      : channels_(channels),
        count_(count),
        stride_((count + kPerLine - 1) / kPerLine * kPerLine + kPerLine),
        values_(channels * stride_, 0.0F) {}

  [[nodiscard]] std::size_t channels() const noexcept { return channels_; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

  float* operator[](std::size_t channel) noexcept { return values_.data() + channel * stride_; }
  const float* operator[](std::size_t channel) const noexcept {
    return values_.data() + channel * stride_;
  }
  std::span<float> plane(std::size_t channel) noexcept { return {(*this)[channel], count_}; }
  [[nodiscard]] std::span<const float> plane(std::size_t channel) const noexcept {
    return {(*this)[channel], count_};
  }

  // Makes `planes` (of a Chunk) point here.
  void lend(std::array<float*, kMaxChannels>& planes) noexcept {
    for (std::size_t c = 0; c < channels_; ++c) planes[c] = (*this)[c];
  }

  void fill(float value) noexcept { std::fill(values_.begin(), values_.end(), value); }

 private:
  static constexpr std::size_t kPerLine = kPlaneAlign / sizeof(float);

  std::size_t channels_ = 0;
  std::size_t count_ = 0;
  std::size_t stride_ = 0;
  AlignedVector<float> values_;
};

}  // namespace acq
