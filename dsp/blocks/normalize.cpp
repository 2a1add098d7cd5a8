// normalize: scales each record so that its maximum, range, area, energy or rms value is 1.
//
// In       (channels, values) float32, any unit u; record or spectrum with a linear axis
// Out      the same shape, rate and x axis; 1, for area 1 per unit of the axis
// Params   method      maximum: x / max; amplitude: (x - min) / (max - min); area: x / integral;
//                      energy: x / sqrt(sum x^2); rms: x / rms; maximum
//          definition  standard, or datalab (area is the sum of the samples); standard
// Latency  0 samples beyond the record
// Cost     3 float64 operations a value
// Errors   kInvalid: not a record or spectrum, an axis that is not linear
// Numerics float64, rounded to float32 once; where there is nothing to divide by (silence) all is 0; a
//          NaN spoils its channel of that record
// Source   Sigima 1.2.0 for the five names; own derivation of the area
// Checked  tests/dsp/normalize_test.cpp, closed form; tests/validation, numpy
#include <algorithm>
#include <cmath>

#include "dsp/framing.h"
#include "dsp/math/calculus.h"
#include "dsp/records.h"

namespace acq {
namespace {

class Normalize final : public RecordBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    const auto fits = need_kind(in, "normalize", {Kind::kRecord, Kind::kSpectrum});
    if (!fits) return tl::unexpected(fits.error());
    const auto step = axis_step(in, "normalize");
    if (!step) return tl::unexpected(step.error());
    norm_ = static_cast<Norm>(
        std::find(std::begin(kNormNames), std::end(kNormNames), params.text("method")) -
        kNormNames);
    step_ = params.text("definition") == "datalab" ? 0 : *step;
    set_up(in, in.max_count);
    SignalInfo out = in;
    out.results = {};
    for (Channel& channel : out.channels) {
      channel.unit = norm_ == Norm::kArea && step_ > 0 ? quotient_unit("1", in.axis.unit) : "1";
      channel.calibration = {};  // a part of itself
      channel.range_min = channel.range_max = 0;
    }
    return out;
  }

 private:
  void compute(std::span<const double> x, std::span<double> y) noexcept override {
    normalize(norm_, x, step_, y);
    const bool is_finite =
        std::all_of(x.begin(), x.end(), [](double v) { return std::isfinite(v); });
    if (is_finite && !y.empty() && std::isnan(y[0])) std::fill(y.begin(), y.end(), 0.0);
  }

  Norm norm_ = Norm::kMaximum;
  double step_ = 1;
};

constexpr std::string_view kDefinitions[] = {"standard", "datalab"};
constexpr ParamSpec kParams[] = {
    {.name = "method",
     .type = ParamType::kChoice,
     .fallback = "maximum",
     .text = "what becomes 1",
     .choices = kNormNames},
    {.name = "definition",
     .type = ParamType::kChoice,
     .fallback = "standard",
     .text = "area by trapezoids, or as DataLab by the sum of the samples",
     .choices = kDefinitions},
};

}  // namespace

extern const BlockEntry block_normalize;
const BlockEntry block_normalize{
    .name = "normalize",
    .summary = "scales each record so that its maximum, range, area, energy or rms value is 1",
    .params = kParams,
    .cost = "3 float64 operations",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Normalize>(); },
    .example = [] { return Table{{"method", "amplitude"}}; },
    .input = Kind::kRecord,
};

}  // namespace acq
