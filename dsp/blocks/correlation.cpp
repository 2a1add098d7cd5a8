// correlation: cross-correlation of two signals, record by record, at every lag.
//
// In       (2 signals, length) float32; record without results; the first half of the channels are x,
//          the second half y: what segment makes of a pipeline of two inputs
// Out      (signals, 2 length - 1) float32; r[l] = sum over n of x[n + l] y[n]; record whose x axis is
//          the lag, -(length - 1) to length - 1 samples in s: its maximum is at l where x is l late
// Params   scale    none: as it is, both units; biased: over length; unbiased: over the number of
//                   products at each lag; coefficient: over sqrt(sum x^2 sum y^2), -1 to 1; none
//          detrend  none, or constant: subtract each record's mean first; none
// Latency  0 samples beyond the record
// Cost     30 log2(length) + 10 float64 operations a value
// Errors   kInvalid: not a record, an odd number of channels, more than 2^22 values
// Numerics float64 by Fourier transforms: error below 1e-15 log2(length) of sqrt(sum x^2 sum y^2), rounded
//          to float32 once; silence has coefficient 0; a NaN spoils its channel of that record
// Source   Oppenheim and Schafer, Discrete-Time Signal Processing, 3rd ed., 2.9 and 8.7
// Checked  tests/dsp/correlation_test.cpp, closed form; tests/validation, numpy.correlate
#include <fmt/format.h>

#include <algorithm>

#include "dsp/framing.h"
#include "dsp/math/calculus.h"
#include "dsp/math/spectral.h"
#include "dsp/records.h"
#include "dsp/spectra.h"

namespace acq {
namespace {

class Correlation final : public PairBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_pairs(in, "correlation"); !fits) return tl::unexpected(fits.error());
    auto made = Correlator::make(in.max_count);
    if (!made) return tl::unexpected(made.error());
    correlator_ = std::move(*made);
    scale_ = static_cast<CorrelationScale>(std::find(std::begin(kCorrelationScaleNames),
                                                     std::end(kCorrelationScaleNames),
                                                     params.text("scale")) -
                                           kCorrelationScaleNames);
    removes_mean_ = params.text("detrend") == "constant";
    SignalInfo out = set_up(in, 2 * in.max_count - 1);
    const double step = 1 / in.rate_hz.value();
    out.axis = {"lag", "s", AxisRule::kLinear, -step * static_cast<double>(in.max_count - 1), step};
    for (std::size_t n = 0; n < out.channels.size(); ++n) {
      Channel& channel = out.channels[n];
      const Channel& y = in.channels[out.channels.size() + n];
      channel.label = fmt::format("{} and {}", channel.label.empty() ? channel.id : channel.label,
                                  y.label.empty() ? y.id : y.label);
      channel.quantity = "correlation";
      channel.unit =
          scale_ == CorrelationScale::kCoefficient ? "1" : product_unit(channel.unit, y.unit);
      if (scale_ == CorrelationScale::kCoefficient) channel.calibration = {};  // it cancels
    }
    return out;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    PairBlock::process(in, out);
    out.axis_start.reset();
    out.overrange_low |= out.overrange_high;
    out.overrange_high = out.overrange_low;
    return Yield::kLast;
  }

 private:
  void compute(std::span<double> x, std::span<double> y, std::span<double> r) noexcept override {
    if (removes_mean_) {
      detrend(Trend::kConstant, x, x);
      detrend(Trend::kConstant, y, y);
    }
    correlator_.run(x, y, r);
    scale_correlation(scale_, x, y, r);
  }

  Correlator correlator_;
  CorrelationScale scale_ = CorrelationScale::kNone;
  bool removes_mean_ = false;
};

constexpr ParamSpec kParams[] = {
    {.name = "scale",
     .type = ParamType::kChoice,
     .fallback = "none",
     .text = "what the sums are divided by",
     .choices = kCorrelationScaleNames},
    kRecordDetrendParam,
};

}  // namespace

extern const BlockEntry block_correlation;
const BlockEntry block_correlation{
    .name = "correlation",
    .summary = "cross-correlation of two signals, record by record, at every lag",
    .params = kParams,
    .cost = "30 log2 length + 10 float64 operations",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Correlation>(); },
    .example = [] { return Table{{"scale", "coefficient"}}; },
    .input = Kind::kRecord,
    .min_channels = 2,
};

}  // namespace acq
