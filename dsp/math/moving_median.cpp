#include "dsp/math/moving_median.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "dsp/math/window_sum.h"

namespace acq {

template <typename T>
MovingMedian<T>::MovingMedian(std::size_t length)
    : length_(length), ring_(length), sorted_(length + 1) {}

template <typename T>
void MovingMedian<T>::reset() noexcept {
  at_ = size_ = numbers_ = 0;
}

template <typename T>
void MovingMedian<T>::insert(T value) noexcept {
  if (std::isnan(value)) return;
  T* const begin = sorted_.data();
  T* const place = std::upper_bound(begin, begin + numbers_, value);
  std::memmove(place + 1, place, static_cast<std::size_t>(begin + numbers_ - place) * sizeof(T));
  *place = value;
  ++numbers_;
}

template <typename T>
void MovingMedian<T>::remove(T value) noexcept {
  if (std::isnan(value)) return;
  T* const begin = sorted_.data();
  T* const place = std::lower_bound(begin, begin + numbers_, value);
  std::memmove(place, place + 1,
               static_cast<std::size_t>(begin + numbers_ - place - 1) * sizeof(T));
  --numbers_;
}

// Short windows are walked, which the processor foresees better than a search.
template <typename T>
void MovingMedian<T>::replace(T old, T value) noexcept {
  constexpr std::size_t kShort = 24;
  T* const x = sorted_.data();
  const std::size_t n = numbers_;
  if (n <= kShort) {
    std::size_t i = 0;
    while (x[i] != old) ++i;
    for (; i > 0 && x[i - 1] > value; --i) x[i] = x[i - 1];
    for (; i + 1 < n && x[i + 1] < value; ++i) x[i] = x[i + 1];
    x[i] = value;
    return;
  }
  T* const from = std::lower_bound(x, x + n, old);
  if (value >= old) {
    T* const to = std::lower_bound(from + 1, x + n, value) - 1;
    std::memmove(from, from + 1, static_cast<std::size_t>(to - from) * sizeof(T));
    *to = value;
  } else {
    T* const to = std::upper_bound(x, from, value);
    std::memmove(to + 1, to, static_cast<std::size_t>(from - to) * sizeof(T));
    *to = value;
  }
}

template <typename T>
T MovingMedian<T>::next(T value) noexcept {
  if (size_ < length_) {
    ring_[size_++] = value;
    insert(value);
  } else {
    const T old = ring_[at_];
    ring_[at_] = value;
    if (++at_ == length_) at_ = 0;
    if (std::isnan(old) || std::isnan(value)) {
      remove(old);
      insert(value);
    } else {
      replace(old, value);
    }
  }
  if (numbers_ < size_) return std::numeric_limits<T>::quiet_NaN();
  return sorted_[(numbers_ - 1) / 2];
}

template <typename T>
void MovingMedian<T>::run(const T* in, std::size_t count, T* out) noexcept {
  for (std::size_t i = 0; i < count; ++i) out[i] = next(in[i]);
}

template <typename T>
void MovingMedian<T>::adopt(const MovingMedian& before) noexcept {
  reset();
  const std::size_t kept = std::min(before.size_, length_);
  for (std::size_t i = before.size_ - kept; i < before.size_; ++i) {
    next(before.ring_[(before.at_ + i) % before.length_]);
  }
}

template class MovingMedian<float>;
template class MovingMedian<double>;

std::vector<double> median_filter(std::span<const double> x, std::size_t length, Border border) {
  std::vector<double> y(x.size());
  if (x.empty()) return y;
  MovingMedian<double> median(length);
  const auto half = static_cast<std::ptrdiff_t>(length / 2);
  const auto n = static_cast<std::ptrdiff_t>(x.size());
  for (std::ptrdiff_t i = -half; i < n + half; ++i) {
    const double value = median.next(border_value(x, border, i));
    if (i >= half) y[static_cast<std::size_t>(i - half)] = value;
  }
  return y;
}

void mean_filter(std::span<const double> x, std::size_t length, Border border,
                 std::span<double> y) {
  if (x.empty()) return;
  // The window of y[k] ends at value k + behind of the continued array.
  const auto before = static_cast<std::ptrdiff_t>(length / 2);
  const auto behind = static_cast<std::ptrdiff_t>(length) - 1 - before;
  const auto size = static_cast<std::ptrdiff_t>(x.size());
  WindowSum sum(length);
  std::vector<double> edge;
  const auto sums_of = [&](std::ptrdiff_t from, std::ptrdiff_t to) -> const std::vector<double>& {
    edge.clear();
    for (std::ptrdiff_t i = from; i < to; ++i) edge.push_back(border_value(x, border, i));
    sum.run(edge.data(), edge.size(), edge.data());
    return edge;
  };
  const double per_length = 1 / static_cast<double>(length);
  const auto means = [per_length](const double* sums, std::size_t count, double* to) {
    for (std::size_t i = 0; i < count; ++i) to[i] = sums[i] * per_length;
  };
  sums_of(-before, behind);
  const std::ptrdiff_t inner = std::max<std::ptrdiff_t>(size - behind, 0);
  constexpr std::ptrdiff_t kTile = 512;  // while the sums are in the cache
  double sums[kTile];
  for (std::ptrdiff_t at = 0; at < inner; at += kTile) {
    const auto count = static_cast<std::size_t>(std::min(kTile, inner - at));
    sum.run(x.data() + behind + at, count, sums);
    means(sums, count, y.data() + at);
  }
  const std::vector<double>& last = sums_of(behind + inner, behind + size);
  means(last.data(), last.size(), y.data() + inner);
}

}  // namespace acq
