#include "dsp/math/large_fft_kernels.h"

#include <algorithm>
#include <utility>

#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/large_fft_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Of one complex value; a vector of them looks the same to what is below.
template <typename Real>
struct One {
  Real re;
  Real im;

  static constexpr std::size_t kValues = 1;
  static One load(const Real* x) { return {x[0], x[1]}; }
  static One all(const Real* x) { return load(x); }
  void store(Real* x) const {
    x[0] = re;
    x[1] = im;
  }
  [[nodiscard]] One reversed() const { return *this; }
  [[nodiscard]] One conjugate() const { return {re, -im}; }
  [[nodiscard]] One scaled(Real by) const { return {by * re, by * im}; }
  friend One operator+(One a, One b) { return {a.re + b.re, a.im + b.im}; }
  friend One operator-(One a, One b) { return {a.re - b.re, a.im - b.im}; }
  friend One operator*(One a, One b) {
    return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
  }
};

#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
template <typename Real>
using Many = One<Real>;
#else
template <typename Real>
struct Many {
  using D = hn::ScalableTag<Real>;
  hn::Vec<D> v;

  static constexpr std::size_t kValues = hn::MaxLanes(D()) / 2;
  static HWY_INLINE Many load(const Real* x) { return {hn::LoadU(D(), x)}; }
  static HWY_INLINE Many all(const Real* x) {
    return {hn::OddEven(hn::Set(D(), x[1]), hn::Set(D(), x[0]))};
  }
  HWY_INLINE void store(Real* x) const { hn::StoreU(v, D(), x); }
  [[nodiscard]] HWY_INLINE Many reversed() const {
    return {hn::Reverse2(D(), hn::Reverse(D(), v))};
  }
  [[nodiscard]] HWY_INLINE Many conjugate() const { return {hn::OddEven(hn::Neg(v), v)}; }
  [[nodiscard]] HWY_INLINE Many scaled(Real by) const { return {hn::Mul(hn::Set(D(), by), v)}; }
  friend HWY_INLINE Many operator+(Many a, Many b) { return {hn::Add(a.v, b.v)}; }
  friend HWY_INLINE Many operator-(Many a, Many b) { return {hn::Sub(a.v, b.v)}; }
  friend HWY_INLINE Many operator*(Many a, Many b) {
    const auto by_re = hn::Mul(hn::DupEven(a.v), b.v), im = hn::DupOdd(a.v);
    const auto swapped = hn::Reverse2(D(), b.v);
    return {hn::OddEven(hn::MulAdd(im, swapped, by_re), hn::NegMulAdd(im, swapped, by_re))};
  }
};
#endif

template <typename Real>
HWY_INLINE void turn(const Real* from, const Real* step, const Real* turn, std::size_t rows,
                     Real* to, std::size_t stride) {
  constexpr std::size_t kWidth = 128 / sizeof(Real);  // reals of a row
  using V = Many<Real>;
  for (std::size_t r = 0; r < rows; ++r) {
    const V by = V::all(step + 2 * r);
    for (std::size_t i = 0; i < kWidth; i += 2 * V::kValues) {
      const V turned = by * V::load(turn + r * kWidth + i);
      (turned * V::load(from + r * kWidth + i)).store(to + r * 2 * stride + i);
    }
  }
}

// Bins k and half - k for k from `from` up to `to`, both with the same vectors.
template <class V, typename Real, class Pair>
HWY_INLINE void over_pairs(const Real* coarse, const Real* fine, std::size_t half, std::size_t from,
                           std::size_t to, const Real* x, Real* z, const Pair& pair) {
  for (std::size_t k = from; k < to; k += V::kValues) {
    const V turned = V::all(coarse + 2 * (k / kFineTurns)) * V::load(fine + 2 * (k % kFineTurns));
    const std::size_t mirror = half - k - (V::kValues - 1);
    const V a = V::load(x + 2 * k), b = V::load(x + 2 * mirror).reversed().conjugate();
    const auto [even, odd] = pair(a + b, a - b, turned);
    (even + odd).store(z + 2 * k);
    (even - odd).conjugate().reversed().store(z + 2 * mirror);
  }
}

// All pairs but that of bin 0: vectors that begin where a vector of turns does, one by one the rest.
template <typename Real, class Pair>
HWY_INLINE void over_halves(const Real* coarse, const Real* fine, std::size_t half, const Real* x,
                            Real* z, const Pair& pair) {
  constexpr std::size_t kValues = Many<Real>::kValues;
  const std::size_t end = half / 2 + 1;  // the middle one is its own mirror image
  const std::size_t first = std::min(kValues, end);
  // Both vectors of a pair apart from each other.
  const std::size_t last =
      std::max(first, end / kValues * kValues - (end >= kValues ? kValues : 0));
  over_pairs<One<Real>>(coarse, fine, half, 1, first, x, z, pair);
  over_pairs<Many<Real>>(coarse, fine, half, first, last, x, z, pair);
  over_pairs<One<Real>>(coarse, fine, half, last, end, x, z, pair);
}

template <typename Real>
HWY_INLINE void join(const Real* coarse, const Real* fine, std::size_t half, Real* z) {
  const Real re = z[0], im = z[1];
  over_halves(coarse, fine, half, z, z, [](auto sum, auto difference, auto turned) HWY_ATTR {
    return std::pair(sum.scaled(Real{0.5}), turned * difference);
  });
  z[0] = re + im;
  z[2 * half] = re - im;
  z[1] = z[2 * half + 1] = 0;
}

template <typename Real>
HWY_INLINE void part(const Real* coarse, const Real* fine, std::size_t half, const Real* x,
                     Real* z) {
  const Real first = x[0], last = x[2 * half];
  over_halves(coarse, fine, half, x, z, [](auto sum, auto difference, auto turned) HWY_ATTR {
    return std::pair(sum, turned.conjugate() * difference.scaled(2));
  });
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
void JoinF32(const float* coarse, const float* fine, std::size_t half, float* z) {
  join(coarse, fine, half, z);
}
void JoinF64(const double* coarse, const double* fine, std::size_t half, double* z) {
  join(coarse, fine, half, z);
}
void PartF32(const float* coarse, const float* fine, std::size_t half, const float* x, float* z) {
  part(coarse, fine, half, x, z);
}
void PartF64(const double* coarse, const double* fine, std::size_t half, const double* x,
             double* z) {
  part(coarse, fine, half, x, z);
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
  HWY_DYNAMIC_DISPATCH(JoinF32)(reals(turns.coarse), reals(turns.fine), half, reals(z));
}
template <>
void join_halves(const JoinTurns<double>& turns, std::size_t half,
                 std::complex<double>* z) noexcept {
  HWY_DYNAMIC_DISPATCH(JoinF64)(reals(turns.coarse), reals(turns.fine), half, reals(z));
}

template <>
void part_halves(const JoinTurns<float>& turns, std::size_t half, const std::complex<float>* x,
                 std::complex<float>* z) noexcept {
  HWY_DYNAMIC_DISPATCH(PartF32)(reals(turns.coarse), reals(turns.fine), half, reals(x), reals(z));
}
template <>
void part_halves(const JoinTurns<double>& turns, std::size_t half, const std::complex<double>* x,
                 std::complex<double>* z) noexcept {
  HWY_DYNAMIC_DISPATCH(PartF64)(reals(turns.coarse), reals(turns.fine), half, reals(x), reals(z));
}

}  // namespace acq
#endif
