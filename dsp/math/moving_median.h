// Median of the last values, at every value.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "dsp/math/border.h"

namespace acq {

// The median of the last `length` (odd) values that came: the window is kept in order, and each new
// value takes the place of the oldest one by one shift of what lies between them. NaN is not a number
// to be ordered: while one is in the window the median is NaN.
//
// Source: Juhola, Katajainen, Raita, Int. J. of Electronics 71 (1991) (insertion into a sorted window).
// Threads: one; all but the constructor is real-time safe.
template <typename T>
class MovingMedian {
 public:
  explicit MovingMedian(std::size_t length = 1);

  // The median after `value`; at the start, of the values there are (the lower of the two in the
  // middle when they are even).
  T next(T value) noexcept;
  void run(const T* in, std::size_t count, T* out) noexcept;
  void reset() noexcept;
  // Takes over what another one has seen, as far as this one looks back.
  void adopt(const MovingMedian& before) noexcept;

 private:
  void replace(T old, T value) noexcept;
  void insert(T value) noexcept;
  void remove(T value) noexcept;

  std::size_t length_;
  std::vector<T> ring_;    // in order of arrival
  std::size_t at_ = 0;     // of the oldest, once the ring is full
  std::size_t size_ = 0;   // values in the ring
  std::vector<T> sorted_;  // those that are numbers, in order
  std::size_t numbers_ = 0;
};

// The median of `length` (odd) values about each one, continued beyond the ends by `border`, as
// scipy.ndimage.median_filter. DataLab's default is nearest. Allocates.
std::vector<double> median_filter(std::span<const double> x, std::size_t length, Border border);

// The mean of `length` values about each one (of an even number, one more before), as
// scipy.ndimage.uniform_filter1d. DataLab's default is reflect. `y` is as long as `x`, elsewhere. Allocates.
void mean_filter(std::span<const double> x, std::size_t length, Border border, std::span<double> y);

}  // namespace acq
