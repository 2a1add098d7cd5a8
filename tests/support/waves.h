// Sines that tests filter, all at a rate of 1 kHz.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

namespace acq::test {

// cos(2 pi f t + phase).
inline std::vector<float> cosine(double frequency_hz, std::size_t count, double phase = 0) {
  std::vector<float> x(count);
  const double step = 2 * std::numbers::pi * frequency_hz / 1000;
  for (std::size_t i = 0; i < count; ++i)
    x[i] = static_cast<float>(std::cos(step * static_cast<double>(i) + phase));
  return x;
}

inline std::vector<float> sine(double frequency_hz, std::size_t count) {
  return cosine(frequency_hz, count, -std::numbers::pi / 2);
}

// The largest magnitude in [from, to).
inline double largest(const std::vector<float>& x, std::size_t from, std::size_t to) {
  double most = 0;
  for (std::size_t i = from; i < to; ++i)
    most = std::max(most, std::abs(static_cast<double>(x[i])));
  return most;
}

}  // namespace acq::test
