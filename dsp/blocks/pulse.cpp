// pulse: levels, transitions and the first pulse of each record.
//
// In       (channels, samples) float32, any unit u, even x axis in v; record, as of a trigger
// Out      14 results for each channel: polarity (1: 1 up, -1 down), low, high, amplitude, base, top (u),
//          x50, foot, transition (v, of the first transition), overshoot, preshoot (%, of the
//          amplitude), width, second_transition (v), transitions (1). A rise time is the transition
//          with polarity 1, else the second one
// Params   levels          how the states are found: mode (the middle of the fullest bin of each half
//                          of a histogram of 128) or mean (of the values around it, within 5 % of the
//                          range); mean
//          low_reference   %, of the amplitude, 1 to 49, 10
//          high_reference  %, 51 to 99, 90
// Latency  0 samples
// Cost     25 operations a value
// Errors   kInvalid: not a record, no even x axis, more than 18 channels
// Numerics float64, instants on straight lines between the values. A transition is a passage from
//          beyond one reference level to beyond the other, so that noise smaller than their distance
//          makes none. Invalid: fewer than 4 values, a constant record, no whole transition, a value
//          that is not finite; width and second_transition alone without a second one. Levels have the
//          uncertainty of a mean of independent values, with mean
// Gaps     none of its own: each input is whole; a gap before it is passed on
// Source   IEEE 181-2011, 5.2 to 5.4 and 5.6
// Checked  tests/dsp/pulse_test.cpp, closed form; tests/validation, numpy, sigima
#include "dsp/math/pulse.h"

#include <cmath>

#include "dsp/framing.h"
#include "dsp/measuring.h"

namespace acq {
namespace {

constexpr std::string_view kLevels[] = {"mean", "mode"};

class Pulse final : public MeasuringBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "pulse", {Kind::kRecord}); !fits) {
      return tl::unexpected(fits.error());
    }
    rules_.levels = params.text("levels") == "mode" ? StateLevelRule::kMode : StateLevelRule::kMean;
    rules_.low_fraction = params.number("low_reference") / 100;
    rules_.high_fraction = params.number("high_reference") / 100;
    const std::string u = common_unit(in);
    const std::string& v = in.axis.unit;
    return set_up(in, {{"polarity", "1"},
                       {"low", u},
                       {"high", u},
                       {"amplitude", u},
                       {"base", u},
                       {"top", u},
                       {"x50", v},
                       {"foot", v},
                       {"transition", v},
                       {"overshoot", "%"},
                       {"preshoot", "%"},
                       {"width", v},
                       {"second_transition", v},
                       {"transitions", "1"}});
  }

 private:
  void measure(const Trace& record, std::span<ScalarResult> results) noexcept override {
    const PulseParameters p = pulse_of(record, rules_);
    if (*p.invalid_because != '\0') {
      not_measured(results, p.invalid_because);
      return;
    }
    const ScalarResult low = measured(p.levels.low, p.levels.low_sigma);
    const ScalarResult high = measured(p.levels.high, p.levels.high_sigma);
    const bool is_up = p.first.is_rising;
    const ScalarResult all[] = {
        measured(is_up ? 1 : -1),
        low,
        high,
        measured(p.amplitude(), std::hypot(p.levels.low_sigma, p.levels.high_sigma)),
        is_up ? low : high,
        is_up ? high : low,
        measured(p.first.middle),
        measured(p.foot),
        measured(p.first.duration()),
        measured(100 * p.overshoot),
        measured(100 * p.preshoot),
    };
    std::copy(std::begin(all), std::end(all), results.begin());
    const bool has_pulse = *p.no_pulse_because == '\0';
    results[11] = has_pulse ? measured(p.width()) : not_measured(p.no_pulse_because);
    results[12] = has_pulse ? measured(p.second.duration()) : not_measured(p.no_pulse_because);
    results[13] = measured(static_cast<double>(p.transitions));
  }

  PulseRules rules_;
};

constexpr ParamSpec kParams[] = {
    {.name = "levels",
     .type = ParamType::kChoice,
     .fallback = "mean",
     .text = "how the two states are found",
     .choices = kLevels},
    {.name = "low_reference",
     .unit = "%",
     .min = 1,
     .max = 49,
     .fallback = "10",
     .text = "low reference level, of the amplitude"},
    {.name = "high_reference",
     .unit = "%",
     .min = 51,
     .max = 99,
     .fallback = "90",
     .text = "high reference level, of the amplitude"},
};

}  // namespace

extern const BlockEntry block_pulse;
const BlockEntry block_pulse{
    .name = "pulse",
    .summary = "levels, transitions and the first pulse of each record (IEEE 181)",
    .params = kParams,
    .cost = "25 operations a value",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Pulse>(); },
    .example = [] { return Table{{"low_reference", 20.0}, {"high_reference", 80.0}}; },
    .input = Kind::kRecord,
};

}  // namespace acq
