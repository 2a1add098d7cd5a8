#include "dsp/math/histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dsp/base/result.h"

namespace acq {

Bins::Bins(double lower, double upper, std::size_t count) : edges_(count + 1) {
  ACQ_CHECK(count > 0 && lower < upper);
  const double width = (upper - lower) / static_cast<double>(count);
  for (std::size_t i = 0; i < count; ++i) edges_[i] = static_cast<double>(i) * width + lower;
  edges_[count] = upper;
  bins_per_unit_ = static_cast<double>(count) / (upper - lower);
  // The rounding of an edge, of a distance from the first one, and of its product.
  const double largest = std::max(std::abs(lower), std::abs(upper));
  slack_ = 8 * std::numeric_limits<double>::epsilon() *
           (largest * bins_per_unit_ + static_cast<double>(count));
}

// A product may be one bin off beside an edge; the edges decide.
std::size_t Bins::place_of(double x) const noexcept {
  const std::size_t last = count() - 1;
  std::size_t bin = std::min(static_cast<std::size_t>((x - edges_[0]) * bins_per_unit_), last);
  if (x < edges_[bin]) --bin;
  if (x >= edges_[bin + 1] && bin != last) ++bin;
  return bin;
}

Histogram::Histogram(double lower, double upper, std::size_t bins)
    : bins_(lower, upper, bins), slots_(bins + 3) {}

void Histogram::clear() noexcept {
  std::fill(slots_.begin(), slots_.end(), std::uint64_t{0});
  total_ = 0;
}

template <typename T>
void Histogram::add_all(std::span<const T> x) noexcept {
  constexpr std::size_t kTile = 256;
  std::int64_t slots[kTile];
  for (std::size_t at = 0; at < x.size(); at += kTile) {
    const std::size_t count = std::min(kTile, x.size() - at);
    place_in_bins(bins_.edges(), x.data() + at, count, slots);
    for (std::size_t i = 0; i < count; ++i) ++slots_[static_cast<std::size_t>(slots[i])];
  }
  total_ += x.size();
}

void Histogram::add(std::span<const float> x) noexcept {
  add_all(x);
}
void Histogram::add(std::span<const double> x) noexcept {
  add_all(x);
}

void BinnedMoments::clear() noexcept {
  std::fill(sums_.begin(), sums_.end(), Bin{});
}

void BinnedMoments::add(double x, double y) noexcept {
  if (!bins_.hold(x) || !std::isfinite(y)) return;
  Bin& bin = sums_[bins_.place_of(x)];
  const double off = y - bin.mean;
  bin.mean += off / static_cast<double>(++bin.count);
  bin.squares += off * (y - bin.mean);
}

}  // namespace acq
