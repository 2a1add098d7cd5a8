// Design of recursive filters as second-order sections, float64.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "dsp/base/result.h"
#include "dsp/math/fir_design.h"
#include "dsp/math/iir_prototype.h"
#include "dsp/math/sos.h"

namespace acq {

inline constexpr std::size_t kMostIirOrder = 20;

struct IirDesign {
  IirFamily family = IirFamily::kButterworth;
  std::size_t order = 4;       // 1 to 20; band and stop have twice as many poles, as SciPy counts
  double ripple_db = 1;        // of the pass band (Chebyshev I, elliptic), 1e-6 to 20
  double attenuation_db = 60;  // of the stop band (Chebyshev II, elliptic), 1 to 200
  BesselNorm bessel_norm = BesselNorm::kPhase;
};

// The filter as second-order sections. `edges` are frequencies as fractions of the sample rate, one
// for low and high, two rising ones for band and stop; iir_prototype() says what they mean. The gain is
// that of the prototype at 0 (1, or the low end of the ripple for an even order) at 0 Hz (low, stop),
// at half the rate (high), in the middle of the band; each section but the first has gain 1 there.
// Poles closest to the unit circle come last, with the zeros nearest to them.
// kInvalid: order, ripple or attenuation out of range, edges not between 0 and 0.5, or so close to 0,
// to 0.5 or to each other that float64 coefficients no longer place the poles where they belong
// ("cutoff").
// Source: Oppenheim and Schafer, Discrete-Time Signal Processing, 3rd ed., 7.2 and appendix B;
// bilinear transform with prewarped edges.
Result<std::vector<Section>> design_iir(const IirDesign& design, Band band,
                                        std::span<const double> edges);

// The Butterworth filter of `order`; `edges` are its -3 dB frequencies.
Result<std::vector<Section>> design_butterworth(Band band, std::span<const double> edges,
                                                std::size_t order);

// Gain of the cascade at `frequency`, a fraction of the sample rate.
double sos_gain(std::span<const Section> sections, double frequency) noexcept;
// Group delay there, in samples.
double sos_delay(std::span<const Section> sections, double frequency) noexcept;

}  // namespace acq
