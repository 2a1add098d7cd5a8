// runt_trigger: cuts a record at the end of each pulse that is too low.
//
// In       (channels, samples) float32, any unit; waveform
// Out      (channels, pre + post) float32, same units, same rate; record whose x axis is 0 s where
//          the straight line between two samples ends the pulse
// Params   low, high        unit of the source channel: a runt leaves one and does not reach the other,
//                           required
//          polarity         positive (from below low and back), or negative (from above high and back);
//                           positive
//          pre, pre_time    samples or seconds before the event, 0
//          post, post_time  samples or seconds from the event on, 1 or more, no default
//          hold_off, hold_off_time  samples or seconds from one event to the next that may trigger;
//                           never less than post, so records share no sample behind the event (the
//                           samples before it may be in two records)
//          auto_after, auto_after_time  samples or seconds without an event after which a record is
//                           cut anyway, not marked as triggered; never when not given
//          channel          id or label of the source channel; the first one when not given
// Latency  post - 1 samples for the sample at the event
// Cost     3 comparisons a sample of the source channel, 1 copy of what is in a record
// Errors   kInvalid: not a waveform, unknown channel, a level in another unit, low not below high, lengths out of
//          range or given twice
// Numerics comparisons in float32, positions and times in float64 on straight lines between the samples;
//          NaN meets no condition
// Gaps     reset: a record never spans one; the pending one is dropped, the trigger begins anew and
//          waits for `pre` samples; the gap is told by the next record
// Source   own derivation; the terms are those of IEEE 1057-2017, clause 3, and IEEE 181-2011
// Checked  tests/dsp/runt_trigger_test.cpp, closed form, any cut; tests/validation, the definition sample
//          by sample in Python
#include "dsp/analog_trigger.h"

namespace acq {
namespace {

class RuntTrigger final : public AnalogTrigger<RuntRule> {
 public:
  RuntTrigger() : AnalogTrigger("runt_trigger") {}

 private:
  Result<RuntRule> make_rule(const Params& params, const SignalInfo& /*in*/,
                             const std::string& unit) override {
    const auto levels = read_levels(params, unit);
    if (!levels) return tl::unexpected(levels.error());
    return RuntRule({levels->low, levels->high, params.text("polarity") == "negative"});
  }
};

constexpr std::string_view kPolarities[] = {"positive", "negative"};
constexpr auto kParams = with_framing_params({
    kTriggerLowParam,
    kTriggerHighParam,
    {.name = "polarity",
     .type = ParamType::kChoice,
     .fallback = "positive",
     .text = "from below low and back, or from above high and back",
     .choices = kPolarities},
    kTriggerChannelParam,
});

}  // namespace

extern const BlockEntry block_runt_trigger;
const BlockEntry block_runt_trigger{
    .name = "runt_trigger",
    .summary = "cuts a record at the end of each pulse that does not reach its level",
    .params = kParams,
    .latency = "post - 1 samples",
    .cost = "3 comparisons on one channel, 1 copy inside records",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<RuntTrigger>(); },
    .example = [] { return Table{{"low", -0.5}, {"high", 1.25}, {"pre", 20.0}, {"post", 100.0}}; },
};

}  // namespace acq
