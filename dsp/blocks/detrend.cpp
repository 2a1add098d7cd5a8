// detrend: takes the mean or the straight line of best fit out of each record.
//
// In       (channels, values) float32, any unit; record or spectrum without results
// Out      the same shape, unit, rate and x axis
// Params   trend  constant (the mean) or linear (a line fitted by least squares); linear
// Latency  0 samples beyond the record
// Cost     5 float64 operations a value
// Errors   kInvalid: not a record or spectrum; for a waveform there is dc_remove
// Numerics float64, rounded to float32 once; a NaN spoils its channel of that record
// Source   Draper and Smith, Applied Regression Analysis, 3rd ed., 1.2
// Checked  tests/dsp/detrend_test.cpp, closed form; tests/validation, scipy.signal.detrend
#include "dsp/framing.h"
#include "dsp/math/calculus.h"
#include "dsp/records.h"

namespace acq {
namespace {

class Detrend final : public RecordBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    const auto fits = need_kind(in, "detrend", {Kind::kRecord, Kind::kSpectrum});
    if (!fits) return tl::unexpected(fits.error());
    trend_ = params.text("trend") == "linear" ? Trend::kLinear : Trend::kConstant;
    set_up(in, in.max_count);
    SignalInfo out = in;
    out.results = {};
    for (Channel& channel : out.channels) channel.range_min = channel.range_max = 0;
    return out;
  }

 private:
  void compute(std::span<const double> x, std::span<double> y) noexcept override {
    detrend(trend_, x, y);
  }

  Trend trend_ = Trend::kLinear;
};

constexpr ParamSpec kParams[] = {
    {.name = "trend",
     .type = ParamType::kChoice,
     .fallback = "linear",
     .text = "what is subtracted: the mean, or the straight line of best fit",
     .choices = kTrendNames},
};

}  // namespace

extern const BlockEntry block_detrend;
const BlockEntry block_detrend{
    .name = "detrend",
    .summary = "takes the mean or the straight line of best fit out of each record",
    .params = kParams,
    .cost = "5 float64 operations",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Detrend>(); },
    .example = [] { return Table{{"trend", "linear"}}; },
    .input = Kind::kRecord,
};

}  // namespace acq
