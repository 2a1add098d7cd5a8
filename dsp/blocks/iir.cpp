// iir: causal recursive filter: Butterworth, Bessel, Chebyshev or elliptic, in sections.
//
// In       (channels, samples) float32, any unit; waveform
// Out      (channels, samples) float32, same unit, same rate
// Params   kind         low, high, band or stop; low
//          family       butterworth, bessel, chebyshev1, chebyshev2 or elliptic; butterworth
//          cutoff       frequency, Hz, lower and upper for band and stop, above 0 and below half the
//                       rate, no default: that of -3 dB (butterworth), of the end of the ripple
//                       (chebyshev1, elliptic), where the attenuation begins (chebyshev2); bessel: as
//                       bessel_norm says
//          order        1 to 20; band and stop have twice as many poles; 4
//          ripple       of the pass band, chebyshev1 and elliptic, 1e-6 dB to 20 dB, 1 dB
//          attenuation  of the stop band, chebyshev2 and elliptic, 1 dB to 200 dB, 60 dB
//          bessel_norm  phase, magnitude or delay, of bessel; phase
//          start        zero (as if all had been 0 before) or settled (as the first sample is); zero
//          on_gap       reset (start anew) or hold (as if nothing were missing); reset
// Latency  0 samples; group delay of the filter at 0 Hz (low, stop), in the middle of the band, at
//          half the rate (high)
// Cost     5 float64 multiply-adds a sample for each section, of which there are order/2, or order
//          for band and stop
// Errors   kInvalid: not a waveform; cutoff, order, ripple or attenuation out of range or without
//          meaning for the family; a cutoff so extreme that float64 cannot hold the filter
// Numerics designed and run in float64, rounded to float32 at the end; a sample that is not finite
//          gives NaN and starts its channel anew behind it
// Source   Oppenheim and Schafer, Discrete-Time Signal Processing, 3rd ed., 7.2 and appendix B;
//          direct form 1, section 6.3
// Checked  tests/dsp/iir_test.cpp, closed form; tests/validation, scipy.signal butter, bessel, cheby1,
//          cheby2, ellip, sosfilt
#include <algorithm>

#include "dsp/math/iir_design.h"
#include "dsp/sos_block.h"

namespace acq {
namespace {

double reference_frequency(Band band, std::span<const double> edges) noexcept {
  if (band == Band::kHigh) return 0.5;
  return band == Band::kPass ? (edges[0] + edges[1]) / 2 : 0;
}

class Iir final : public SosBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "iir", {Kind::kWaveform, Kind::kIq}); !fits) {
      return tl::unexpected(fits.error());
    }
    const auto filter = iir_filter(params, in.rate_hz);
    if (!filter) return tl::unexpected(filter.error());
    set_up(in, params, filter->sections);
    SignalInfo out = in;
    add_delay(out, std::max(0.0, sos_delay(filter->sections,
                                           reference_frequency(filter->band, filter->edges))));
    return out;
  }
};

constexpr auto kParams = with_iir_params({
    kSosStartParam,
    kOnGapParam,
});

}  // namespace

extern const BlockEntry block_iir;
const BlockEntry block_iir{
    .name = "iir",
    .summary = "causal recursive filter: Butterworth, Bessel, Chebyshev or elliptic",
    .params = kParams,
    .in_place = true,
    .cost = "2.5 order float64 multiply-adds, twice that for band and stop",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Iir>(); },
    .example = [] { return Table{{"cutoff", 50.0}, {"order", 5.0}}; },
};

}  // namespace acq
