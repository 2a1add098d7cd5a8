#include "dsp/math/large_fft_kernels.h"

#include <algorithm>

#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/large_fft_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// JoinTurns as reals.
template <typename Real>
struct Turns {
  const Real* coarse;
  const Real* fine;
  std::size_t fine_bits;
  [[nodiscard]] std::size_t fine_mask() const { return (std::size_t{1} << fine_bits) - 1; }
};

// Vectors of complex values.
#if HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
template <class D>
HWY_INLINE hn::Vec<D> all(D d, const hn::TFromD<D>* x) {
  return hn::OddEven(hn::Set(d, x[1]), hn::Set(d, x[0]));
}
template <class D, class V>
HWY_INLINE V conjugate(D /*d*/, V a) {
  return hn::OddEven(hn::Neg(a), a);
}
// The last value first.
template <class D, class V>
HWY_INLINE V reversed(D d, V a) {
  return hn::Reverse2(d, hn::Reverse(d, a));
}
template <class D, class V>
HWY_INLINE V times(D d, V a, V b) {
  const V by_re = hn::Mul(hn::DupEven(a), b), im = hn::DupOdd(a);
  const V swapped = hn::Reverse2(d, b);
  return hn::OddEven(hn::MulAdd(im, swapped, by_re), hn::NegMulAdd(im, swapped, by_re));
}
#endif

template <typename Real>
HWY_INLINE void turn(const Real* from, const Real* step, const Real* turns, std::size_t rows,
                     Real* to, std::size_t stride) {
  constexpr std::size_t kWidth = 128 / sizeof(Real);  // reals of a row
  for (std::size_t r = 0; r < rows; ++r) {
    const Real* const x = from + r * kWidth;
    const Real* const t = turns + r * kWidth;
    Real* const y = to + r * 2 * stride;
#if HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
    const hn::ScalableTag<Real> d;
    const auto by = all(d, step + 2 * r);
    for (std::size_t i = 0; i < kWidth; i += hn::Lanes(d)) {
      const auto turned = times(d, by, hn::LoadU(d, t + i));
      hn::StoreU(times(d, turned, hn::LoadU(d, x + i)), d, y + i);
    }
#else
    for (std::size_t i = 0; i < kWidth; i += 2) {
      const Real re = step[2 * r] * t[i] - step[2 * r + 1] * t[i + 1];
      const Real im = step[2 * r] * t[i + 1] + step[2 * r + 1] * t[i];
      y[i] = re * x[i] - im * x[i + 1];
      y[i + 1] = re * x[i + 1] + im * x[i];
    }
#endif
  }
}

// Bins k and half - k, for k from `from` up to `to`. To join: even and odd part of the sum and the difference
// with what lies opposite; to part them, the reverse times two.
template <bool kJoins, typename Real>
HWY_INLINE void pairs_one_by_one(const Turns<Real>& turns, std::size_t half, std::size_t from,
                                 std::size_t to, const Real* x, Real* z) {
  for (std::size_t k = from; k < to; ++k) {
    const Real* const c = turns.coarse + 2 * (k >> turns.fine_bits);
    const Real* const f = turns.fine + 2 * (k & turns.fine_mask());
    const Real scale = kJoins ? Real{1} : Real{2}, sign = kJoins ? Real{1} : Real{-1};
    const Real re = scale * (c[0] * f[0] - c[1] * f[1]);
    const Real im = sign * scale * (c[0] * f[1] + c[1] * f[0]);
    const std::size_t mirror = half - k;
    const Real a_re = x[2 * k], a_im = x[2 * k + 1];
    const Real b_re = x[2 * mirror], b_im = -x[2 * mirror + 1];
    const Real part = kJoins ? Real{0.5} : Real{1};
    const Real even_re = part * (a_re + b_re), even_im = part * (a_im + b_im);
    const Real off_re = a_re - b_re, off_im = a_im - b_im;
    const Real odd_re = re * off_re - im * off_im, odd_im = re * off_im + im * off_re;
    z[2 * k] = even_re + odd_re;
    z[2 * k + 1] = even_im + odd_im;
    z[2 * mirror] = even_re - odd_re;
    z[2 * mirror + 1] = odd_im - even_im;
  }
}

// All pairs but that of bin 0. Vectors begin where a vector of turns does, and both of a pair lie apart from
// each other; one by one the rest, whose last one may be its own mirror image.
template <bool kJoins, typename Real>
HWY_INLINE void over_pairs(const Turns<Real>& turns, std::size_t half, const Real* x, Real* z) {
  const std::size_t end = half / 2 + 1;
  std::size_t k = 1;
#if HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
  const hn::ScalableTag<Real> d;
  constexpr std::size_t kValues = hn::MaxLanes(d) / 2;
  k = std::min(kValues, end);
  pairs_one_by_one<kJoins>(turns, half, 1, k, x, z);
  for (; k + 2 * kValues <= end; k += kValues) {
    auto turned = times(d, all(d, turns.coarse + 2 * (k >> turns.fine_bits)),
                        hn::LoadU(d, turns.fine + 2 * (k & turns.fine_mask())));
    const std::size_t mirror = half - k - (kValues - 1);
    const auto a = hn::LoadU(d, x + 2 * k);
    const auto b = conjugate(d, reversed(d, hn::LoadU(d, x + 2 * mirror)));
    auto even = hn::Add(a, b), off = hn::Sub(a, b);
    if (kJoins) {
      even = hn::Mul(even, hn::Set(d, Real{0.5}));
    } else {
      turned = conjugate(d, turned);
      off = hn::Add(off, off);
    }
    const auto odd = times(d, turned, off);
    hn::StoreU(hn::Add(even, odd), d, z + 2 * k);
    hn::StoreU(reversed(d, conjugate(d, hn::Sub(even, odd))), d, z + 2 * mirror);
  }
#endif
  pairs_one_by_one<kJoins>(turns, half, k, end, x, z);
}

template <typename Real>
HWY_INLINE void join(const Turns<Real>& turns, std::size_t half, Real* z) {
  const Real re = z[0], im = z[1];
  over_pairs<true>(turns, half, z, z);
  z[0] = re + im;
  z[2 * half] = re - im;
  z[1] = z[2 * half + 1] = 0;
}

template <typename Real>
HWY_INLINE void part(const Turns<Real>& turns, std::size_t half, const Real* x, Real* z) {
  const Real first = x[0], last = x[2 * half];
  over_pairs<false>(turns, half, x, z);
  z[0] = first + last;
  z[1] = first - last;
}

void TurnF32(const float* from, const float* step, const float* turns, std::size_t rows, float* to,
             std::size_t stride) {
  turn(from, step, turns, rows, to, stride);
}
void TurnF64(const double* from, const double* step, const double* turns, std::size_t rows,
             double* to, std::size_t stride) {
  turn(from, step, turns, rows, to, stride);
}
void JoinF32(const float* coarse, const float* fine, std::size_t bits, std::size_t half, float* z) {
  join<float>({coarse, fine, bits}, half, z);
}
void JoinF64(const double* coarse, const double* fine, std::size_t bits, std::size_t half,
             double* z) {
  join<double>({coarse, fine, bits}, half, z);
}
void PartF32(const float* coarse, const float* fine, std::size_t bits, std::size_t half,
             const float* x, float* z) {
  part<float>({coarse, fine, bits}, half, x, z);
}
void PartF64(const double* coarse, const double* fine, std::size_t bits, std::size_t half,
             const double* x, double* z) {
  part<double>({coarse, fine, bits}, half, x, z);
}

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(TurnF32);
HWY_EXPORT(TurnF64);
HWY_EXPORT(JoinF32);
HWY_EXPORT(JoinF64);
HWY_EXPORT(PartF32);
HWY_EXPORT(PartF64);

namespace {

template <typename Real>
Real* reals(std::complex<Real>* x) noexcept {
  return reinterpret_cast<Real*>(x);
}
template <typename Real>
const Real* reals(const std::complex<Real>* x) noexcept {
  return reinterpret_cast<const Real*>(x);
}

}  // namespace

template <>
void turn_tile(const std::complex<float>* from, const std::complex<float>* step,
               const std::complex<float>* turn, std::size_t rows, std::complex<float>* to,
               std::size_t stride) noexcept {
  HWY_DYNAMIC_DISPATCH(TurnF32)
  (reals(from), reals(step), reals(turn), rows, reals(to), stride);
}
template <>
void turn_tile(const std::complex<double>* from, const std::complex<double>* step,
               const std::complex<double>* turn, std::size_t rows, std::complex<double>* to,
               std::size_t stride) noexcept {
  HWY_DYNAMIC_DISPATCH(TurnF64)
  (reals(from), reals(step), reals(turn), rows, reals(to), stride);
}

template <>
void join_halves(const JoinTurns<float>& turns, std::size_t half, std::complex<float>* z) noexcept {
  HWY_DYNAMIC_DISPATCH(JoinF32)(reals(turns.coarse), reals(turns.fine), turns.fine_bits, half,
                                reals(z));
}
template <>
void join_halves(const JoinTurns<double>& turns, std::size_t half,
                 std::complex<double>* z) noexcept {
  HWY_DYNAMIC_DISPATCH(JoinF64)(reals(turns.coarse), reals(turns.fine), turns.fine_bits, half,
                                reals(z));
}

template <>
void part_halves(const JoinTurns<float>& turns, std::size_t half, const std::complex<float>* x,
                 std::complex<float>* z) noexcept {
  HWY_DYNAMIC_DISPATCH(PartF32)(reals(turns.coarse), reals(turns.fine), turns.fine_bits, half,
                                reals(x), reals(z));
}
template <>
void part_halves(const JoinTurns<double>& turns, std::size_t half, const std::complex<double>* x,
                 std::complex<double>* z) noexcept {
  HWY_DYNAMIC_DISPATCH(PartF64)(reals(turns.coarse), reals(turns.fine), turns.fine_bits, half,
                                reals(x), reals(z));
}

}  // namespace acq
#endif
