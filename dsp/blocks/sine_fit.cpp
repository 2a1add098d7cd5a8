// sine_fit: fits a sine wave to each record, with or without its frequency known.
//
// In       (channels, samples) float32, any unit u, even x axis in v; record
// Out      5 results for each channel: frequency (1/v), amplitude (u), phase (deg, of a cosine at
//          x = 0: the trigger, where there was one), offset (u), residual_rms (u)
// Params   frequency  1/v, of the sine where it is known (3 parameters are fitted); fitted as a fourth
//                     when not given
// Latency  0 samples
// Cost     5 to 8 sines, cosines and 30 operations a value; a transform for the start
// Errors   kInvalid: not a record, no even x axis, a frequency in another unit or at or above half the
//          rate, more than 51 channels
// Numerics float64. Invalid: fewer than 4 (5) values, a constant record, less than one period, no
//          convergence, a value that is not finite. The uncertainties hold for residuals that are
//          independent and normal; then they meet the bound of Cramer and Rao
// Gaps     none of its own: each input is whole; a gap before it is passed on
// Source   IEEE 1057-2017, 4.6.2 and 4.6.3; uncertainty: D. C. Rife, R. R. Boorstyn, IEEE Trans.
//          IT-20 (1974) 591
// Checked  tests/dsp/sine_fit_test.cpp, closed form, coverage; tests/validation,
//          scipy.optimize.curve_fit, sigima
#include "dsp/math/sine_fit.h"

#include <fmt/format.h>

#include <optional>

#include "dsp/base/units.h"
#include "dsp/framing.h"
#include "dsp/measuring.h"

namespace acq {
namespace {

class SineFitBlock final : public MeasuringBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "sine_fit", {Kind::kRecord}); !fits) {
      return tl::unexpected(fits.error());
    }
    const std::string per_x = inverse_unit(in.axis.unit);
    if (params.has("frequency")) {
      const auto frequency = params.number_in("frequency", per_x);
      if (!frequency) return tl::unexpected(frequency.error());
      const double half = 0.5 / in.axis.step;
      if (!(*frequency > 0 && *frequency < half)) {
        return fail(Code::kInvalid,
                    fmt::format("the frequency {} is not below half the rate",
                                format_quantity(*frequency, per_x)),
                    "frequency", fmt::format("above 0, below {}", format_quantity(half, per_x)));
      }
      frequency_ = *frequency;
    }
    auto start = SineStart::make(in.max_count);
    if (!start) return tl::unexpected(start.error());
    start_ = std::move(*start);
    const std::string u = common_unit(in);
    return set_up(in, {{"frequency", per_x},
                       {"amplitude", u},
                       {"phase", "deg"},
                       {"offset", u},
                       {"residual_rms", u}});
  }

 private:
  void measure(const Trace& record, std::span<ScalarResult> results) noexcept override {
    const SineFit fit =
        frequency_ ? fit_sine3(record, *frequency_) : fit_sine4(record, start_.find(record));
    if (!fit.is_valid()) {
      not_measured(results, fit.invalid_because);
      return;
    }
    results[0] = measured(fit.frequency, fit.frequency_sigma);
    results[1] = measured(fit.amplitude, fit.amplitude_sigma);
    results[2] = measured(fit.phase_deg, fit.phase_sigma_deg);
    results[3] = measured(fit.offset, fit.offset_sigma);
    results[4] = measured(fit.residual_rms);
  }

  std::optional<double> frequency_;
  SineStart start_;
};

constexpr ParamSpec kParams[] = {
    {.name = "frequency",
     .min = 0,
     .text = "of the sine where it is known; fitted when not given",
     .in_signal_unit = true},
};

}  // namespace

extern const BlockEntry block_sine_fit;
const BlockEntry block_sine_fit{
    .name = "sine_fit",
    .summary = "fits a sine wave to each record (IEEE 1057)",
    .params = kParams,
    .cost = "5 to 8 sines and cosines a value",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<SineFitBlock>(); },
    .example = [] { return Table{{"frequency", 20.0}}; },
    .input = Kind::kRecord,
};

}  // namespace acq
