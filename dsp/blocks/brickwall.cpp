// brickwall: lets the frequencies of a band through each record unchanged and takes all others out.
//
// In       (channels, values) float32, any unit; record without results
// Out      the same shape, unit, rate and x axis
// Params   kind      low, high, band or stop; low
//          cutoff    edge of the band, lower and upper for band and stop, Hz, above 0 and below half the
//                    rate, no default; a frequency at the edge passes
//          zero_pad  whether zeros behind the record, up to the next power of two, keep its end from
//                    wrapping around to its start, as DataLab; true
// Latency  0 samples beyond the record
// Cost     5 log2(length) + 2 float64 operations a value
// Errors   kInvalid: not a record; cutoff out of range; a record of more than 2^23 values
// Numerics float64, rounded to float32 once; rings at steps (Gibbs); a NaN spoils its channel of that
//          record
// Source   Oppenheim and Schafer, Discrete-Time Signal Processing, 3rd ed., 2.9 (ideal filters)
// Checked  tests/dsp/brickwall_test.cpp, closed form; tests/validation, scipy.fft
#include "dsp/filtering.h"
#include "dsp/framing.h"
#include "dsp/math/smoothing.h"
#include "dsp/records.h"

namespace acq {
namespace {

class BrickwallBlock final : public RecordBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "brickwall", {Kind::kRecord}); !fits) {
      return tl::unexpected(fits.error());
    }
    const auto* const name =
        std::find(std::begin(kBandNames), std::end(kBandNames), params.text("kind"));
    const auto edges = edges_of(params, in.rate_hz.value(), 0);
    if (!edges) return tl::unexpected(edges.error());
    auto filter = Brickwall::make(static_cast<Band>(name - std::begin(kBandNames)), *edges,
                                  in.max_count, params.flag("zero_pad"));
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

  Brickwall filter_;
};

constexpr ParamSpec kParams[] = {
    kIirKindParam,
    kCutoffParam,
    {.name = "zero_pad",
     .type = ParamType::kFlag,
     .fallback = "true",
     .text = "zeros behind the record, up to the next power of two, against wrapping around"},
};

}  // namespace

extern const BlockEntry block_brickwall;
const BlockEntry block_brickwall{
    .name = "brickwall",
    .summary = "lets the frequencies of a band through each record and takes all others out",
    .params = kParams,
    .cost = "5 log2 length + 2 float64 operations",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<BrickwallBlock>(); },
    .example = [] { return Table{{"cutoff", 105.0}}; },
    .input = Kind::kRecord,
};

}  // namespace acq
