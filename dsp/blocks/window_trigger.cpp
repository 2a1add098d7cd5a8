// window_trigger: cuts a record where a waveform leaves or enters a window.
//
// In       (channels, samples) float32, any unit; waveform
// Out      (channels, pre + post) float32, same units, same rate; record whose x axis is 0 s where
//          the straight line between two samples meets the border
// Params   low, high        unit of the source channel, the borders, required
//          when             leaves or enters; leaves
//          hysteresis       unit of the source channel, 0 or more, 0: how far beyond the border on the
//                           other side the signal must have been before
//          pre, pre_time    samples or seconds before the event, 0
//          post, post_time  samples or seconds from the event on, 1 or more, no default
//          hold_off, hold_off_time  samples or seconds from one event to the next that may trigger;
//                           never less than post, so records share no sample behind the event (the
//                           samples before it may be in two records)
//          auto_after, auto_after_time  samples or seconds without an event after which a record is
//                           cut anyway, not marked as triggered; never when not given
//          channel          id or label of the source channel; the first one when not given
// Latency  post - 1 samples for the sample at the event
// Cost     4 comparisons a sample of the source channel, 1 copy of what is in a record
// Errors   kInvalid: not a waveform, unknown channel, a level in another unit, low not below high, lengths out of
//          range or given twice
// Numerics comparisons in float32, positions and times in float64 on straight lines between the samples;
//          NaN meets no condition
// Gaps     reset: a record never spans one; the pending one is dropped, the trigger begins anew and
//          waits for `pre` samples; the gap is told by the next record
// Source   own derivation; the terms are those of IEEE 1057-2017, clause 3, and IEEE 181-2011
// Checked  tests/dsp/window_trigger_test.cpp, closed form, any cut; tests/validation, the definition sample
//          by sample in Python
#include <fmt/format.h>

#include "dsp/analog_trigger.h"
#include "dsp/base/units.h"

namespace acq {
namespace {

class WindowTrigger final : public AnalogTrigger<WindowRule> {
 public:
  WindowTrigger() : AnalogTrigger("window_trigger") {}

 private:
  Result<WindowRule> make_rule(const Params& params, const SignalInfo& /*in*/,
                               const std::string& unit) override {
    const auto levels = read_levels(params, unit);
    if (!levels) return tl::unexpected(levels.error());
    const auto hysteresis = params.number_in("hysteresis", unit);
    if (!hysteresis) return tl::unexpected(hysteresis.error());
    const bool fires_on_entry = params.text("when") == "enters";
    const double widest = (levels->high - levels->low) / 2;
    if (!fires_on_entry && *hysteresis > widest) {
      return fail(Code::kInvalid, "no sample is that far inside the window", "hysteresis",
                  fmt::format("0 to {}", format_quantity(widest, unit)));
    }
    return WindowRule({levels->low, levels->high, static_cast<float>(*hysteresis), fires_on_entry});
  }
};

constexpr std::string_view kWhens[] = {"leaves", "enters"};
constexpr auto kParams = with_framing_params({
    kTriggerLowParam,
    kTriggerHighParam,
    {.name = "when",
     .type = ParamType::kChoice,
     .fallback = "leaves",
     .text = "passage that fires",
     .choices = kWhens},
    {.name = "hysteresis",
     .min = 0,
     .fallback = "0",
     .text = "distance that the signal must have been on the other side",
     .in_signal_unit = true},
    kTriggerChannelParam,
});

}  // namespace

extern const BlockEntry block_window_trigger;
const BlockEntry block_window_trigger{
    .name = "window_trigger",
    .summary = "cuts a record where the signal leaves or enters a window",
    .params = kParams,
    .latency = "post - 1 samples",
    .cost = "4 comparisons on one channel, 1 copy inside records",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<WindowTrigger>(); },
    .example = [] { return Table{{"low", -0.5}, {"high", 0.5}, {"pre", 20.0}, {"post", 100.0}}; },
};

}  // namespace acq
