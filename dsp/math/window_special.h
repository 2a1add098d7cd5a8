// Windows whose values follow from a transform or an eigenvector, not from a formula of their own.
#pragma once

#include <span>

namespace acq {

// Dolph-Chebyshev: all side lobes `attenuation_db` below the main lobe. 2 to kMaxFftSize values.
// Source: C. L. Dolph, Proc. IRE 34 (1946) 335; sampled Chebyshev polynomial, inverse transform.
void dolph_chebyshev(std::span<double> out, double attenuation_db);

// Slepian (DPSS) of order 0: the most energy within `half_bandwidth` bins, 0 < half_bandwidth <
// size / 2. Largest value 1; of an even number, slightly less, as SciPy's norm "approximate".
// Source: D. Slepian, Bell Syst. Tech. J. 57 (1978) 1371: the eigenvector of a tridiagonal matrix,
// by bisection and inverse iteration (Golub and Van Loan, Matrix Computations, 8.4).
void slepian(std::span<double> out, double half_bandwidth);

}  // namespace acq
