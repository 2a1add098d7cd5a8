// Loops of LargeFft and HalvedFft, vectorised for the machine at hand. Complex values as pairs of reals. Real-time safe.
#pragma once

#include <complex>
#include <cstddef>

namespace acq {

// to[r * stride + c] = from[r * width + c] * step[r] * turn[r * width + c] for c < width, r < rows. `width` is
// 128 bytes of values.
template <typename Real>
void turn_tile(const std::complex<Real>* from, const std::complex<Real>* step,
               const std::complex<Real>* turn, std::size_t rows, std::complex<Real>* to,
               std::size_t stride) noexcept;

// -i exp(-i pi k / half) / 2, the turn of bin k that joins both halves of a real transform, is coarse[k / 2^fine_bits] *
// fine[k % 2^fine_bits]. There are 2^fine_bits fine ones, 64 or more unless they are all there is.
template <typename Real>
struct JoinTurns {
  const std::complex<Real>* coarse;
  const std::complex<Real>* fine;
  std::size_t fine_bits;
};

// Of z[0 .. half], the complex transform of a real signal's even values as real and odd ones as imaginary
// parts, the half + 1 bins of the signal's transform, in place. z[half] need not be set.
template <typename Real>
void join_halves(const JoinTurns<Real>& turns, std::size_t half, std::complex<Real>* z) noexcept;
// The reverse, times two: of half + 1 bins `x`, the `half` values to be transformed back.
template <typename Real>
void part_halves(const JoinTurns<Real>& turns, std::size_t half, const std::complex<Real>* x,
                 std::complex<Real>* z) noexcept;

}  // namespace acq
