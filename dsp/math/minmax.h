// Lowest and highest value of an array, vectorised for the machine at hand. Real-time safe.
#pragma once

#include <cstddef>
#include <limits>

namespace acq {

// Both NaN when any value is. Starts as the neutral element of add().
struct MinMax {
  float min = std::numeric_limits<float>::infinity();
  float max = -std::numeric_limits<float>::infinity();

  void add(const MinMax& other) noexcept {
    if (other.min != other.min || min != min) {
      min = max = std::numeric_limits<float>::quiet_NaN();
      return;
    }
    min = other.min < min ? other.min : min;
    max = other.max > max ? other.max : max;
  }
};

MinMax minmax_of(const float* x, std::size_t count) noexcept;

}  // namespace acq
