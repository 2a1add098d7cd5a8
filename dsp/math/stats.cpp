#include "dsp/math/stats.h"

#include <algorithm>
#include <cmath>

#include "dsp/math/minmax.h"
#include "dsp/math/spectrum_kernels.h"

namespace acq {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// The mean first, then the squares about it, while the block is in the cache.
Moments moments_of_block(const float* x, std::size_t count) noexcept {
  Moments block;
  block.count = count;
  block.mean = sum(x, count) / static_cast<double>(count);
  block.squares = sum_of_squares(x, block.mean, count);
  const MinMax range = minmax_of(x, count);
  block.has_nan = range.min != range.min;
  if (!block.has_nan) {
    block.min = static_cast<double>(range.min);
    block.max = static_cast<double>(range.max);
  }
  return block;
}

void merge(Moments& into, const Moments& other) noexcept {
  if (into.count == 0) {
    into = other;
    return;
  }
  const auto a = static_cast<double>(into.count);
  const auto b = static_cast<double>(other.count);
  const double delta = other.mean - into.mean;
  into.mean += delta * (b / (a + b));
  into.squares += other.squares + delta * delta * (a * b / (a + b));
  into.count += other.count;
  into.min = std::min(into.min, other.min);
  into.max = std::max(into.max, other.max);
  into.has_nan = into.has_nan || other.has_nan;
}

}  // namespace

double Moments::std(int ddof) const noexcept {
  const auto degrees = static_cast<double>(count) - ddof;
  return degrees > 0 ? std::sqrt(squares / degrees) : kNan;
}

double Moments::rms() const noexcept {
  return count > 0 ? std::sqrt(mean * mean + squares / static_cast<double>(count)) : kNan;
}

void RunningStats::add(std::span<const float> samples) noexcept {
  while (!samples.empty()) {
    if (waiting_ == 0 && samples.size() >= kBlock) {
      merge(merged_, moments_of_block(samples.data(), kBlock));
      samples = samples.subspan(kBlock);
      continue;
    }
    const std::size_t count = std::min(kBlock - waiting_, samples.size());
    std::copy_n(samples.begin(), count, block_.begin() + waiting_);
    waiting_ += count;
    samples = samples.subspan(count);
    if (waiting_ < kBlock) return;
    merge(merged_, moments_of_block(block_.data(), kBlock));
    waiting_ = 0;
  }
}

Moments RunningStats::result() const noexcept {
  Moments all = merged_;
  if (waiting_ > 0) merge(all, moments_of_block(block_.data(), waiting_));
  return all;
}

Moments moments_of(std::span<const float> samples) noexcept {
  RunningStats stats;
  stats.add(samples);
  return stats.result();
}

}  // namespace acq
