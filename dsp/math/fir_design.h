// Design of linear-phase FIR filters by the window method, float64.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "dsp/base/result.h"

namespace acq {

enum class Band : std::uint8_t { kLow, kHigh, kPass, kStop };

// The four words of a parameter "kind", in the order of Band.
inline constexpr std::string_view kBandNames[] = {"low", "high", "band", "stop"};

// `tap_count` taps of the ideal filter times a symmetric window, scaled to gain 1 at 0 Hz (low,
// stop), at half the rate (high) or in the middle of the band. `edges` are the -6 dB frequencies as
// fractions of the sample rate: one for low and high, two rising ones for band and stop.
// kInvalid: edges not between 0 and 0.5 ("cutoff"), an even number of taps for high or stop, which
// would be 0 at half the rate ("order"), or a window that make_window() refuses.
// Source: Oppenheim and Schafer, Discrete-Time Signal Processing, 3rd ed., section 7.5; the scaling
// is that of scipy.signal.firwin.
Result<std::vector<double>> design_fir(Band band, std::span<const double> edges,
                                       std::size_t tap_count, std::string_view window,
                                       std::span<const double> window_params = {});

// The Kaiser window for a stop band `attenuation_db` down behind a transition of `width` (fraction
// of the sample rate), and the number of taps it takes; odd, at least 3.
// Source: Kaiser 1974; Oppenheim and Schafer, section 7.6, equations 7.75 and 7.76.
struct KaiserDesign {
  double beta = 0;
  double tap_count = 0;  // as a number: may be too many to be made
};
KaiserDesign kaiser_design(double attenuation_db, double width) noexcept;

// |H| of a FIR filter at `frequency`, a fraction of the sample rate.
double fir_gain(std::span<const double> taps, double frequency) noexcept;

// Delay of an FIR filter in samples: exact and the same for all frequencies when the taps are
// symmetric or antisymmetric; else that of slow signals; 0 when there is none (taps sum to 0) or it
// would be negative.
double fir_delay(std::span<const double> taps) noexcept;

}  // namespace acq
