// Analogue low-pass filters with edge 1 rad/s: what every recursive design starts from. float64.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace acq {

enum class IirFamily : std::uint8_t {
  kButterworth,
  kBessel,
  kChebyshev1,
  kChebyshev2,
  kElliptic,
};

// The words of a parameter "family", in the order of IirFamily.
inline constexpr std::string_view kIirFamilyNames[] = {"butterworth", "bessel", "chebyshev1",
                                                       "chebyshev2", "elliptic"};

enum class BesselNorm : std::uint8_t {
  kPhase,      // the phase at the edge is half of what it is at infinity: SciPy's default, DataLab
  kMagnitude,  // the gain at the edge is -3 dB
  kDelay,      // the group delay at 0 is 1 s
};
inline constexpr std::string_view kBesselNormNames[] = {"phase", "magnitude", "delay"};

struct IirPrototype {
  std::vector<std::complex<double>> poles;  // one of each conjugate pair; real ones last
  std::vector<double> zeros;                // +-i zero, for each; the others are at infinity
  double gain = 1;                          // at 0
};

// `order` 1 or more. `ripple_db`: of the pass band (Chebyshev I, elliptic), above 0;
// `attenuation_db`: of the stop band (Chebyshev II, elliptic), above `ripple_db`.
// The edge is where the gain is -3 dB (Butterworth), first leaves the ripple (Chebyshev I, elliptic)
// or first reaches the attenuation (Chebyshev II).
// Source: Parks and Burrus, Digital Filter Design, 1987, chapter 7; elliptic: Orfanidis, Lecture Notes
// on Elliptic Filter Design, 2006; Bessel: Thomson 1949, recurrence of Krall and Frink 1948.
IirPrototype iir_prototype(IirFamily family, std::size_t order, double ripple_db,
                           double attenuation_db, BesselNorm norm = BesselNorm::kPhase);

}  // namespace acq
