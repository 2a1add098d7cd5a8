// gaussian: smooths by a Gaussian curve.
//
// In       (channels, samples) float32, any unit; waveform, I/Q or record
// Out      (channels, samples) float32, same unit, same rate
// Params   sigma     standard deviation of the curve, samples, 0.01 to 1000; 1
//          truncate  the curve is cut off at so many sigma, 1 to 10; 4
//          border    of a record, what lies beyond its ends: reflect, constant (0), nearest, mirror or
//                    wrap, as scipy.ndimage; reflect, as DataLab
//          on_gap    of a waveform: reset (zeros in front) or hold (as if nothing were missing); reset
// Latency  waveform: group delay int(truncate sigma + 0.5) samples; a record is smoothed on the spot
// Cost     2 truncate sigma + 1 multiply-adds a sample
// Errors   kInvalid: none of these kinds
// Numerics records in float64, rounded to float32 once; waveforms as fir; NaN reaches the outputs whose
//          taps meet it
// Source   scipy.ndimage.gaussian_filter1d; Lindeberg, Scale-Space Theory, 1994, for the sampled curve
// Checked  tests/dsp/gaussian_test.cpp, closed form; tests/validation, scipy.ndimage.gaussian_filter1d
#include <algorithm>

#include "dsp/math/smoothing.h"
#include "dsp/smoothing_block.h"

namespace acq {
namespace {

class Gaussian final : public SmoothingBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    const auto fits = need_kind(in, "gaussian", {Kind::kWaveform, Kind::kIq, Kind::kRecord});
    if (!fits) return tl::unexpected(fits.error());
    taps_ = gaussian_taps(params.number("sigma"), params.number("truncate"));
    border_ = static_cast<Border>(
        std::find(std::begin(kBorderNames), std::end(kBorderNames), params.text("border")) -
        kBorderNames);
    const bool is_running = is_continuous(in.kind);
    set_up(in, in.max_count);
    SignalInfo out = in;
    out.results = {};
    if (is_running) {
      filter(in, params, taps_);
      add_delay(out, fir_delay(taps_));
    }
    return out;
  }

 private:
  void compute(std::span<const double> x, std::span<double> y) noexcept override {
    correlate_about(x, taps_, border_, y);
  }

  std::vector<double> taps_;
  Border border_ = Border::kReflect;
};

constexpr ParamSpec kParams[] = {
    {.name = "sigma",
     .unit = "samples",
     .min = 0.01,
     .max = 1000,
     .fallback = "1",
     .text = "standard deviation of the curve"},
    {.name = "truncate", .min = 1, .max = 10, .fallback = "4", .text = "cut off at so many sigma"},
    {.name = "border",
     .type = ParamType::kChoice,
     .fallback = "reflect",
     .text = "what lies beyond the ends of a record",
     .choices = kBorderNames},
    kOnGapParam,
};

}  // namespace

extern const BlockEntry block_gaussian;
const BlockEntry block_gaussian{
    .name = "gaussian",
    .summary = "smooths by a Gaussian curve",
    .params = kParams,
    .latency = "group delay int(truncate sigma + 0.5) samples",
    .cost = "2 truncate sigma + 1 multiply-adds",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Gaussian>(); },
    .example = [] { return Table{{"sigma", 2.5}}; },
};

}  // namespace acq
