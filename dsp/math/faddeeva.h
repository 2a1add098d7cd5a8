// The Faddeeva function w(z) = exp(-z^2) erfc(-i z), the heart of the Voigt profile.
#pragma once

#include <complex>
#include <span>

namespace acq {

// For Im z >= 0. Relative error below 1e-12; 0 where |z|^2 leaves float64. Real-time safe.
// Source: J. A. C. Weideman, SIAM J. Numer. Anal. 31 (1994) 1497, with 48 terms; far out the
// continued fraction of Gautschi, SIAM J. Numer. Anal. 7 (1970) 187.
std::complex<double> faddeeva(std::complex<double> z) noexcept;

// The same of every value; `w` may be `z`.
void faddeeva(std::span<const std::complex<double>> z, std::span<std::complex<double>> w) noexcept;

}  // namespace acq
