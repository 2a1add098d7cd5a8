#include "dsp/math/low_finder.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "dsp/base/result.h"

namespace acq {

LowFinder::LowFinder(std::size_t capacity)
    : leaves_(std::bit_ceil(capacity / kBlock + 1)), lowest_(2 * leaves_) {}

void LowFinder::read(std::span<const float> x) noexcept {
  ACQ_CHECK(x.size() <= leaves_ * kBlock);
  x_ = x;
  for (std::size_t leaf = 0; leaf < leaves_; ++leaf) {
    const std::size_t from = std::min(leaf * kBlock, x.size());
    const std::size_t to = std::min(from + kBlock, x.size());
    float lowest = std::numeric_limits<float>::infinity();
    for (std::size_t i = from; i < to; ++i) lowest = std::min(lowest, x[i]);
    lowest_[leaves_ + leaf] = lowest;
  }
  for (std::size_t n = leaves_ - 1; n > 0; --n) {
    lowest_[n] = std::min(lowest_[2 * n], lowest_[2 * n + 1]);
  }
}

std::size_t LowFinder::at_or_before(std::size_t at, double level) const noexcept {
  const std::size_t block = at / kBlock;
  for (std::size_t i = at + 1; i-- > block * kBlock;) {
    if (static_cast<double>(x_[i]) <= level) return i;
  }
  std::size_t node = leaves_ + block;
  while (node > 1 && !(node % 2 == 1 && is_low(node - 1, level))) node /= 2;
  if (node <= 1) return kNone;
  for (--node; node < leaves_;) node = is_low(2 * node + 1, level) ? 2 * node + 1 : 2 * node;
  std::size_t i = std::min((node - leaves_ + 1) * kBlock, x_.size());
  while (static_cast<double>(x_[--i]) > level) {
  }
  return i;
}

std::size_t LowFinder::at_or_after(std::size_t at, double level) const noexcept {
  const std::size_t block = at / kBlock;
  const std::size_t end = std::min((block + 1) * kBlock, x_.size());
  for (std::size_t i = at; i < end; ++i) {
    if (static_cast<double>(x_[i]) <= level) return i;
  }
  std::size_t node = leaves_ + block;
  while (node > 1 && !(node % 2 == 0 && is_low(node + 1, level))) node /= 2;
  if (node <= 1) return kNone;
  for (++node; node < leaves_;) node = is_low(2 * node, level) ? 2 * node : 2 * node + 1;
  std::size_t i = (node - leaves_) * kBlock;
  while (static_cast<double>(x_[i]) > level) ++i;
  return i;
}

}  // namespace acq
