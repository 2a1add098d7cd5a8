// zero_phase: recursive filter run forward and backward over each record: no delay, gain squared.
//
// In       (channels, values) float32, any unit; record without results
// Out      the same shape, unit, rate and x axis
// Params   kind         low, high, band or stop; low
//          family       butterworth, bessel, chebyshev1, chebyshev2 or elliptic; butterworth
//          cutoff       of the filter run once, as that of iir, Hz, no default: where iir has -3 dB, this
//                       has -6 dB
//          order        1 to 20; band and stop have twice as many poles; 4
//          ripple       of the pass band run once, chebyshev1 and elliptic, 1e-6 dB to 20 dB, 1 dB
//          attenuation  of the stop band run once, chebyshev2 and elliptic, 1 dB to 200 dB, 60 dB
//          bessel_norm  phase, magnitude or delay, of bessel; phase
//          padding      values by which each end is continued, turned about the end value, 0 to
//                       length - 1; 3 times the number of coefficients, as SciPy and DataLab
// Latency  0 samples beyond the record
// Cost     10 float64 multiply-adds a value for each section
// Errors   kInvalid: not a record; what iir refuses; a padding that is not shorter than the record
// Numerics float64, rounded to float32 once; a NaN spoils its channel of that record
// Source   Oppenheim and Schafer, Discrete-Time Signal Processing, 3rd ed., problem 5.65; ends as
//          scipy.signal.sosfiltfilt
// Checked  tests/dsp/zero_phase_test.cpp, closed form; tests/validation, scipy.signal sosfiltfilt
#include "dsp/math/zero_phase.h"

#include "dsp/filtering.h"
#include "dsp/framing.h"
#include "dsp/records.h"

namespace acq {
namespace {

class ZeroPhase final : public RecordBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "zero_phase", {Kind::kRecord}); !fits) {
      return tl::unexpected(fits.error());
    }
    const auto described = iir_filter(params, in.rate_hz);
    if (!described) return tl::unexpected(described.error());
    const std::size_t padding = params.has("padding")
                                    ? static_cast<std::size_t>(params.integer("padding"))
                                    : default_padding(described->sections);
    auto filter = ZeroPhaseFilter::make(described->sections, in.max_count, padding);
    if (!filter) return tl::unexpected(filter.error());
    filter_ = std::move(*filter);
    set_up(in, in.max_count);
    SignalInfo out = in;
    out.results = {};
    return out;
  }

 private:
  void compute(std::span<const double> x, std::span<double> y) noexcept override {
    filter_.run(x, y);
  }

  ZeroPhaseFilter filter_;
};

constexpr auto kParams = with_iir_params({
    {.name = "padding",
     .type = ParamType::kInteger,
     .unit = "samples",
     .min = 0,
     .max = kMaxPieceSamples,
     .text = "values by which each end is continued; 3 times the number of coefficients"},
});

}  // namespace

extern const BlockEntry block_zero_phase;
const BlockEntry block_zero_phase{
    .name = "zero_phase",
    .summary = "recursive filter run forward and backward over each record",
    .params = kParams,
    .cost = "5 order float64 multiply-adds, twice that for band and stop",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<ZeroPhase>(); },
    .example = [] { return Table{{"cutoff", 50.0}, {"order", 3.0}}; },
    .input = Kind::kRecord,
};

}  // namespace acq
