#include "dsp/math/pair_power.h"

#include <bit>
#include <cmath>
#include <numbers>
#include <utility>

#include "dsp/base/result.h"
#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/pair_power.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// The last pass works on tiles of 16 blocks of 16 values, so no vector is longer.
using Tag = hn::CappedTag<float, 16>;
using Vec = hn::Vec<Tag>;
constexpr Tag kTag;
constexpr std::size_t kTile = 256;

struct Complex {
  Vec re;
  Vec im;
};

HWY_INLINE Complex operator+(Complex a, Complex b) {
  return {hn::Add(a.re, b.re), hn::Add(a.im, b.im)};
}
HWY_INLINE Complex operator-(Complex a, Complex b) {
  return {hn::Sub(a.re, b.re), hn::Sub(a.im, b.im)};
}
// a - i b and a + i b
HWY_INLINE Complex minus_i(Complex a, Complex b) {
  return {hn::Add(a.re, b.im), hn::Sub(a.im, b.re)};
}
HWY_INLINE Complex plus_i(Complex a, Complex b) {
  return {hn::Sub(a.re, b.im), hn::Add(a.im, b.re)};
}
HWY_INLINE Complex times(Complex a, Vec re, Vec im) {
  return {hn::NegMulAdd(a.im, im, hn::Mul(a.re, re)), hn::MulAdd(a.im, re, hn::Mul(a.re, im))};
}
// a (re + i im) with constants
HWY_INLINE Complex times(Complex a, float re, float im) {
  return times(a, hn::Set(kTag, re), hn::Set(kTag, im));
}

HWY_INLINE void radix4(Complex& x0, Complex& x1, Complex& x2, Complex& x3) {
  const Complex even_sum = x0 + x2;
  const Complex even_difference = x0 - x2;
  const Complex odd_sum = x1 + x3;
  const Complex odd_difference = x1 - x3;
  x0 = even_sum + odd_sum;
  x1 = minus_i(even_difference, odd_difference);
  x2 = even_sum - odd_sum;
  x3 = plus_i(even_difference, odd_difference);
}

constexpr float kCos8 = 0.923879532511286756F;  // cos(pi / 8)
constexpr float kSin8 = 0.382683432365089772F;  // sin(pi / 8)
constexpr float kHalf = 0.707106781186547524F;  // sqrt(1 / 2)

// Transforms of `kRadix` values, the output in order.
template <std::size_t kRadix>
HWY_INLINE void butterfly(Complex* x) {
  if constexpr (kRadix == 4) {
    radix4(x[0], x[1], x[2], x[3]);
  } else if constexpr (kRadix == 8) {
    radix4(x[0], x[2], x[4], x[6]);
    radix4(x[1], x[3], x[5], x[7]);
    x[3] = times(x[3], kHalf, -kHalf);
    x[7] = times(x[7], -kHalf, -kHalf);
    const Complex a[] = {x[0], x[2], x[4], x[6]};
    const Complex b[] = {x[1], x[3], x[5], x[7]};
    for (std::size_t k = 0; k < 4; ++k) {
      x[k] = k == 2 ? minus_i(a[k], b[k]) : a[k] + b[k];
      x[k + 4] = k == 2 ? plus_i(a[k], b[k]) : a[k] - b[k];
    }
  } else {
    static_assert(kRadix == 16);
    for (std::size_t n = 0; n < 4; ++n) radix4(x[n], x[n + 4], x[n + 8], x[n + 12]);
    // x[n + 4 k] times exp(-2 pi i n k / 16)
    x[5] = times(x[5], kCos8, -kSin8);
    x[9] = times(x[9], kHalf, -kHalf);
    x[13] = times(x[13], kSin8, -kCos8);
    x[6] = times(x[6], kHalf, -kHalf);
    x[10] = {x[10].im, hn::Neg(x[10].re)};
    x[14] = times(x[14], -kHalf, -kHalf);
    x[7] = times(x[7], kSin8, -kCos8);
    x[11] = times(x[11], -kHalf, -kHalf);
    x[15] = times(x[15], -kCos8, kSin8);
    for (std::size_t k = 0; k < 4; ++k) radix4(x[4 * k], x[4 * k + 1], x[4 * k + 2], x[4 * k + 3]);
    // Now x[4 k + m] is output k + 4 m.
    for (std::size_t k = 0; k < 4; ++k) {
      for (std::size_t m = k + 1; m < 4; ++m) std::swap(x[4 * k + m], x[4 * m + k]);
    }
  }
}

// One vector of each part of a block: what load(part, at) gives goes back transformed and turned.
template <std::size_t kRadix, class Load>
HWY_INLINE void split(const PairPower::Pass& pass, std::size_t base, std::size_t at, float* re,
                      float* im, const Load& load) {
  const std::size_t part = pass.length / kRadix;
  Complex x[kRadix];
  for (std::size_t q = 0; q < kRadix; ++q) x[q] = load(base + q * part + at);
  butterfly<kRadix>(x);
  hn::Store(x[0].re, kTag, re + base + at);
  hn::Store(x[0].im, kTag, im + base + at);
  for (std::size_t k = 1; k < kRadix; ++k) {
    const std::size_t twiddle = (k - 1) * part + at;
    const Complex turned = times(x[k], hn::Load(kTag, pass.twiddle_re.data() + twiddle),
                                 hn::Load(kTag, pass.twiddle_im.data() + twiddle));
    hn::Store(turned.re, kTag, re + base + k * part + at);
    hn::Store(turned.im, kTag, im + base + k * part + at);
  }
}

template <std::size_t kRadix>
HWY_NOINLINE void first_pass(const PairPower::Pass& pass, const PairPower::Input& in, float* re,
                             float* im) {
  const Vec mean_a = hn::Set(kTag, in.mean_a);
  const Vec mean_b = hn::Set(kTag, in.mean_b);
  for (std::size_t at = 0; at < pass.length / kRadix; at += hn::Lanes(kTag)) {
    split<kRadix>(pass, 0, at, re, im, [&](std::size_t i) HWY_ATTR {
      const Vec w = hn::Load(kTag, in.window + i);
      return Complex{hn::Mul(hn::Sub(hn::LoadU(kTag, in.a + i), mean_a), w),
                     hn::Mul(hn::Sub(hn::LoadU(kTag, in.b + i), mean_b), w)};
    });
  }
}

template <std::size_t kRadix>
HWY_NOINLINE void middle_pass(const PairPower::Pass& pass, std::size_t size, float* re, float* im) {
  for (std::size_t base = 0; base < size; base += pass.length) {
    for (std::size_t at = 0; at < pass.length / kRadix; at += hn::Lanes(kTag)) {
      split<kRadix>(pass, base, at, re, im, [&](std::size_t i) HWY_ATTR {
        return Complex{hn::Load(kTag, re + i), hn::Load(kTag, im + i)};
      });
    }
  }
}

// Columns at .. at + 3 of as many blocks of 16 values as a vector has lanes: out[e] lane b =
// x[16 b + at + e].
#if HWY_TARGET == HWY_SCALAR
HWY_INLINE void load_columns(const float* x, std::size_t at, Vec* out) {
  for (std::size_t e = 0; e < 4; ++e) out[e] = hn::Load(kTag, x + at + e);
}
#else
// Four values of block r, then of block r + 4 ..., one for each 128 bits.
HWY_INLINE Vec load_rows(const float* x, std::size_t at, std::size_t r) {
  const float* p = x + 16 * r + at;
  Vec rows = hn::LoadDup128(kTag, p);
  for (std::size_t i = 1; i < hn::Lanes(kTag) / 4; ++i) {
    rows = hn::IfThenElse(hn::FirstN(kTag, 4 * i), rows, hn::LoadDup128(kTag, p + 64 * i));
  }
  return rows;
}

HWY_INLINE void load_columns(const float* x, std::size_t at, Vec* out) {
  const hn::Repartition<double, Tag> pairs;
  const auto wide = [&](Vec v) HWY_ATTR { return hn::BitCast(pairs, v); };
  const Vec r0 = load_rows(x, at, 0);
  const Vec r1 = load_rows(x, at, 1);
  const Vec r2 = load_rows(x, at, 2);
  const Vec r3 = load_rows(x, at, 3);
  const Vec low01 = hn::InterleaveLower(kTag, r0, r1);
  const Vec low23 = hn::InterleaveLower(kTag, r2, r3);
  const Vec high01 = hn::InterleaveUpper(kTag, r0, r1);
  const Vec high23 = hn::InterleaveUpper(kTag, r2, r3);
  out[0] = hn::BitCast(kTag, hn::InterleaveLower(pairs, wide(low01), wide(low23)));
  out[1] = hn::BitCast(kTag, hn::InterleaveUpper(pairs, wide(low01), wide(low23)));
  out[2] = hn::BitCast(kTag, hn::InterleaveLower(pairs, wide(high01), wide(high23)));
  out[3] = hn::BitCast(kTag, hn::InterleaveUpper(pairs, wide(high01), wide(high23)));
}
#endif

HWY_NOINLINE void last_pass(const float* re, const float* im, std::size_t size, float* power) {
  const std::size_t lanes = hn::Lanes(kTag);
  for (std::size_t tile = 0; tile < size; tile += kTile) {
    for (std::size_t b = 0; b < 16; b += lanes) {
      Complex x[16];
      for (std::size_t at = 0; at < 16; at += 4) {
        Vec column[4];
        load_columns(re + tile + 16 * b, at, column);
        for (std::size_t e = 0; e < 4; ++e) x[at + e].re = column[e];
        load_columns(im + tile + 16 * b, at, column);
        for (std::size_t e = 0; e < 4; ++e) x[at + e].im = column[e];
      }
      butterfly<16>(x);
      for (std::size_t k = 0; k < 16; ++k) {
        float* sum = power + tile + 16 * k + b;
        const Vec squares = hn::MulAdd(x[k].re, x[k].re, hn::Load(kTag, sum));
        hn::Store(hn::MulAdd(x[k].im, x[k].im, squares), kTag, sum);
      }
    }
  }
}

void AddPairPower(const std::vector<PairPower::Pass>& passes, const PairPower::Input& in,
                  std::size_t size, float* re, float* im, float* power) {
  for (const PairPower::Pass& pass : passes) {
    const bool is_first = &pass == passes.data();
    if (pass.radix == 4) {
      is_first ? first_pass<4>(pass, in, re, im) : middle_pass<4>(pass, size, re, im);
    } else {
      is_first ? first_pass<8>(pass, in, re, im) : middle_pass<8>(pass, size, re, im);
    }
  }
  last_pass(re, im, size, power);
}

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(AddPairPower);

bool PairPower::suits(std::size_t size) noexcept {
  return std::has_single_bit(size) && size >= kMinSize && size <= kMaxSize;
}

// The parts of one index would share a cache set if the imaginary values began a whole number of
// pages behind the real ones.
constexpr std::size_t kApart = 144;

PairPower::PairPower(std::span<const float> window)
    : window_(window.begin(), window.end()), work_(2 * window.size() + kApart) {
  ACQ_CHECK(suits(window.size()));
  plan_passes();
  plan_places();
}

// Radix 8 needs fewest passes among those whose values all fit into registers; one or two passes of
// radix 4 make up for the rest.
void PairPower::plan_passes() {
  std::size_t length = size();
  while (length > 16) {
    const int left = std::countr_zero(length) - 4;  // bits before the last pass
    const int bits = left % 3 == 0 || left > 4 ? 3 : 2;
    Pass pass{std::size_t{1} << bits, length, {}, {}};
    const std::size_t part = length >> bits;
    pass.twiddle_re.resize((pass.radix - 1) * part);
    pass.twiddle_im.resize((pass.radix - 1) * part);
    for (std::size_t k = 1; k < pass.radix; ++k) {
      for (std::size_t j = 0; j < part; ++j) {
        const double angle = -2 * std::numbers::pi * static_cast<double>(j * k % length) /
                             static_cast<double>(length);
        pass.twiddle_re[(k - 1) * part + j] = static_cast<float>(std::cos(angle));
        pass.twiddle_im[(k - 1) * part + j] = static_cast<float>(std::sin(angle));
      }
    }
    passes_.push_back(std::move(pass));
    length = part;
  }
}

// Each pass leaves the lowest digit of the bin as the highest digit of the place; within a tile the
// last pass puts its own digit before the number of the block.
void PairPower::plan_places() {
  places_.resize(size());
  for (std::size_t bin = 0; bin < size(); ++bin) {
    std::size_t rest = bin;
    std::size_t block = 0;
    for (const Pass& pass : passes_) {
      block = block * pass.radix + rest % pass.radix;
      rest /= pass.radix;
    }
    places_[bin] = static_cast<std::uint32_t>(block / 16 * 256 + rest * 16 + block % 16);
  }
}

void PairPower::add(const float* a, float mean_a, const float* b, float mean_b,
                    float* power) noexcept {
  HWY_DYNAMIC_DISPATCH(AddPairPower)
  (passes_, {a, b, window_.data(), mean_a, mean_b}, size(), work_.data(),
   work_.data() + size() + kApart, power);
}

}  // namespace acq
#endif
