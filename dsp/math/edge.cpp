#include "dsp/math/edge.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/edge.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Of 64 samples, those below `low`, from and up to `level`, and above `high`.
void BitsOf(const float* x, float low, float level, float high, EdgeBits& bits) {
  const hn::ScalableTag<float> d;
  constexpr std::size_t kLanes = HWY_LANES(float);
  const auto a = hn::Set(d, low), b = hn::Set(d, level), c = hn::Set(d, high);
  for (std::size_t i = 0; i < 64; i += kLanes) {
    const auto v = hn::LoadU(d, x + i);
    const auto put = [&](auto mask, std::uint64_t& to) HWY_ATTR {
      std::uint8_t bytes[8] = {};
      hn::StoreMaskBits(d, mask, bytes);
      std::uint64_t word = 0;
      std::memcpy(&word, bytes, sizeof(word));
      to |= word << i;
    };
    put(hn::Lt(v, a), bits.under_low);
    put(hn::Ge(v, b), bits.from_level);
    put(hn::Le(v, b), bits.to_level);
    put(hn::Gt(v, c), bits.over_high);
  }
}

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(BitsOf);

EdgeDetector::EdgeDetector(double level, double hysteresis, Slope slope) noexcept
    : level_(static_cast<float>(level)),
      low_(static_cast<float>(level - hysteresis)),
      high_(static_cast<float>(level + hysteresis)),
      wants_rising_(slope != Slope::kFalling),
      wants_falling_(slope != Slope::kRising) {}

bool EdgeDetector::step(float x) noexcept {
  bool is_edge = false;
  if (wants_rising_) {
    if (rising_armed_ && x >= level_) {
      rising_armed_ = false;
      fell_ = false;
      is_edge = true;
    } else if (x < low_) {
      rising_armed_ = true;
    }
  }
  if (wants_falling_) {
    if (falling_armed_ && x <= level_) {
      falling_armed_ = false;
      fell_ = true;
      is_edge = true;
    } else if (x > high_) {
      falling_armed_ = true;
    }
  }
  return is_edge;
}

EdgeBits EdgeDetector::bits_of(const float* x, std::size_t count) const noexcept {
  EdgeBits bits;
  if (count == kBlock) {
    HWY_DYNAMIC_DISPATCH(BitsOf)(x, low_, level_, high_, bits);
  } else {
    float padded[kBlock];
    std::fill(std::copy_n(x, count, padded), padded + kBlock,
              std::numeric_limits<float>::quiet_NaN());
    HWY_DYNAMIC_DISPATCH(BitsOf)(padded, low_, level_, high_, bits);
  }
  return bits;
}

// Most samples change nothing: one bit for each of 64 samples tells which may.
std::uint64_t EdgeDetector::busy(const EdgeBits& bits) const noexcept {
  std::uint64_t busy = 0;
  if (wants_rising_) busy |= rising_armed_ ? bits.from_level : bits.under_low;
  if (wants_falling_) busy |= falling_armed_ ? bits.to_level : bits.over_high;
  return busy;
}

std::optional<EdgeDetector::Edge> EdgeDetector::find(const float* x, std::size_t from,
                                                     std::size_t to) noexcept {
  for (std::size_t start = from; start < to; start += kBlock) {
    const EdgeBits bits = bits_of(x + start, std::min(kBlock, to - start));
    for (std::uint64_t left = ~std::uint64_t{0}; (left & busy(bits)) != 0;) {
      const auto k = static_cast<std::size_t>(std::countr_zero(left & busy(bits)));
      left = k + 1 < kBlock ? ~std::uint64_t{0} << (k + 1) : 0;
      const std::size_t i = start + k;
      if (!step(x[i])) continue;
      const double a = i > from ? x[i - 1] : before_;
      before_ = x[i];
      const double fraction = (static_cast<double>(level_) - a) / (static_cast<double>(x[i]) - a);
      return Edge{i, std::isfinite(fraction) ? fraction : 1.0, !fell_};
    }
  }
  if (from < to) before_ = x[to - 1];
  return std::nullopt;
}

void EdgeDetector::pass(const float* x, std::size_t from, std::size_t to) noexcept {
  while (const std::optional<Edge> edge = find(x, from, to)) from = edge->index + 1;
}

void EdgeDetector::adopt(const EdgeDetector& before) noexcept {
  const bool is_same = level_ == before.level_ && low_ == before.low_ && high_ == before.high_ &&
                       wants_rising_ == before.wants_rising_ &&
                       wants_falling_ == before.wants_falling_;
  if (is_same) *this = before;
}

}  // namespace acq
#endif
