#include "dsp/math/histogram.h"

#include <algorithm>

#include "dsp/base/result.h"

namespace acq {

Histogram::Histogram(double lower, double upper, std::size_t bins)
    : edges_(bins + 1), counts_(bins) {
  ACQ_CHECK(bins > 0 && lower < upper);
  const double width = (upper - lower) / static_cast<double>(bins);
  for (std::size_t i = 0; i < bins; ++i) edges_[i] = static_cast<double>(i) * width + lower;
  edges_[bins] = upper;
  bins_per_unit_ = static_cast<double>(bins) / (upper - lower);
}

void Histogram::clear() noexcept {
  std::fill(counts_.begin(), counts_.end(), std::uint64_t{0});
  below_ = above_ = nan_ = total_ = 0;
}

// A product may be one bin off beside an edge; the edges decide.
std::size_t Histogram::bin_of(double x) const noexcept {
  const std::size_t last = counts_.size() - 1;
  std::size_t bin = std::min(static_cast<std::size_t>((x - edges_[0]) * bins_per_unit_), last);
  if (x < edges_[bin]) --bin;
  if (x >= edges_[bin + 1] && bin != last) ++bin;
  return bin;
}

template <typename T>
void Histogram::add_all(std::span<const T> x) noexcept {
  const double lower = edges_.front(), upper = edges_.back();
  total_ += x.size();
  for (const T value : x) {
    const auto v = static_cast<double>(value);
    if (v >= lower && v <= upper) {
      ++counts_[bin_of(v)];
    } else if (v < lower) {
      ++below_;
    } else if (v > upper) {
      ++above_;
    } else {
      ++nan_;
    }
  }
}

void Histogram::add(std::span<const float> x) noexcept {
  add_all(x);
}
void Histogram::add(std::span<const double> x) noexcept {
  add_all(x);
}

}  // namespace acq
