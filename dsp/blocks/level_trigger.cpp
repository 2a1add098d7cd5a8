// level_trigger: cuts a record where a waveform is above or below a level.
//
// In       (channels, samples) float32, any unit; waveform
// Out      (channels, pre + post) float32, same units, same rate; record whose x axis is 0 s at the
//          first sample that is
// Params   level            unit of the source channel, 0
//          side             above or below (both include the level itself); above
//          pre, pre_time    samples or seconds before the event, 0
//          post, post_time  samples or seconds from the event on, 1 or more, no default
//          hold_off, hold_off_time  samples or seconds from one event to the next that may trigger;
//                           never less than post, so records share no sample behind the event (the
//                           samples before it may be in two records)
//          auto_after, auto_after_time  samples or seconds without an event after which a record is
//                           cut anyway, not marked as triggered; never when not given
//          channel          id or label of the source channel; the first one when not given
// Latency  post - 1 samples for the sample at the event
// Cost     1 comparison a sample of the source channel, 1 copy of what is in a record
// Errors   kInvalid: not a waveform, unknown channel, a level in another unit, lengths out of
//          range or given twice
// Numerics comparisons in float32, positions and times in float64 on straight lines between the samples;
//          NaN meets no condition
// Gaps     reset: a record never spans one; the pending one is dropped, the trigger begins anew and
//          waits for `pre` samples; the gap is told by the next record
// Source   own derivation; the terms are those of IEEE 1057-2017, clause 3, and IEEE 181-2011
// Checked  tests/dsp/level_trigger_test.cpp, closed form, any cut; tests/validation, the definition sample
//          by sample in Python
#include "dsp/analog_trigger.h"

namespace acq {
namespace {

class LevelTrigger final : public AnalogTrigger<LevelRule> {
 public:
  LevelTrigger() : AnalogTrigger("level_trigger") {}

 private:
  Result<LevelRule> make_rule(const Params& params, const SignalInfo& /*in*/,
                              const std::string& unit) override {
    const auto level = params.number_in("level", unit);
    if (!level) return tl::unexpected(level.error());
    return LevelRule({static_cast<float>(*level), params.text("side") == "below"});
  }
};

constexpr std::string_view kSides[] = {"above", "below"};
constexpr auto kParams = with_framing_params({
    {.name = "level",
     .fallback = "0",
     .text = "level that the signal is on one side of",
     .in_signal_unit = true},
    {.name = "side",
     .type = ParamType::kChoice,
     .fallback = "above",
     .text = "side that fires",
     .choices = kSides},
    kTriggerChannelParam,
});

}  // namespace

extern const BlockEntry block_level_trigger;
const BlockEntry block_level_trigger{
    .name = "level_trigger",
    .summary = "cuts a record where the signal is above or below a level",
    .params = kParams,
    .latency = "post - 1 samples",
    .cost = "1 comparison on one channel, 1 copy inside records",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<LevelTrigger>(); },
    .example = [] { return Table{{"level", 0.1}, {"pre", 20.0}, {"post", 100.0}}; },
};

}  // namespace acq
