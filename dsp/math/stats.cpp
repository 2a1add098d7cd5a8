#include "dsp/math/stats.h"

#include <algorithm>
#include <cmath>

namespace acq {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Independent sums side by side, so that the compiler may use vectors without reordering.
constexpr std::size_t kLanes = 8;

Moments moments_of_block(const float* x, std::size_t count) noexcept {
  Moments block;
  block.count = count;
  double sums[kLanes] = {};
  float low[kLanes];
  float high[kLanes];
  std::fill_n(low, kLanes, std::numeric_limits<float>::infinity());
  std::fill_n(high, kLanes, -std::numeric_limits<float>::infinity());
  int nans = 0;
  std::size_t i = 0;
  const auto take = [&](std::size_t lane, float value) {
    sums[lane] += static_cast<double>(value);
    low[lane] = value < low[lane] ? value : low[lane];
    high[lane] = value > high[lane] ? value : high[lane];
    nans |= static_cast<int>(value != value);
  };
  for (; i + kLanes <= count; i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) take(k, x[i + k]);
  }
  for (; i < count; ++i) take(i % kLanes, x[i]);
  double sum = 0;
  for (std::size_t k = 0; k < kLanes; ++k) {
    sum += sums[k];
    block.min = std::min(block.min, static_cast<double>(low[k]));
    block.max = std::max(block.max, static_cast<double>(high[k]));
  }
  block.has_nan = nans != 0;
  block.mean = sum / static_cast<double>(count);

  double squares[kLanes] = {};
  for (i = 0; i + kLanes <= count; i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) {
      const double d = static_cast<double>(x[i + k]) - block.mean;
      squares[k] += d * d;
    }
  }
  for (; i < count; ++i) {
    const double d = static_cast<double>(x[i]) - block.mean;
    squares[i % kLanes] += d * d;
  }
  for (const double s : squares) block.squares += s;
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
