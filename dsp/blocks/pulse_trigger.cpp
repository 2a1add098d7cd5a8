// pulse_trigger: cuts a record at the end of each pulse of some width.
//
// In       (channels, samples) float32, any unit; waveform
// Out      (channels, pre + post) float32, same units, same rate; record whose x axis is 0 s where
//          the straight line between two samples ends the pulse
// Params   level            unit of the source channel, 0: what the pulse is above
//          polarity         positive, or negative: below the level; positive
//          hysteresis       unit of the source channel, 0 or more, 0: how far the signal must be on the
//                           other side of the level before an edge
//          longer_than      s, 0 or more, 0
//          shorter_than     s, not below longer_than; none
//          pre, pre_time    samples or seconds before the event, 0
//          post, post_time  samples or seconds from the event on, 1 or more, no default
//          hold_off, hold_off_time  samples or seconds from one event to the next that may trigger;
//                           never less than post, so records share no sample behind the event (the
//                           samples before it may be in two records)
//          auto_after, auto_after_time  samples or seconds without an event after which a record is
//                           cut anyway, not marked as triggered; never when not given
//          channel          id or label of the source channel; the first one when not given
// Latency  post - 1 samples for the sample at the event
// Cost     6 comparisons a sample of the source channel, 1 copy of what is in a record
// Errors   kInvalid: not a waveform, unknown channel, a level in another unit, times that exclude each other, lengths out of
//          range or given twice
// Numerics comparisons in float32, positions and times in float64 on straight lines between the samples;
//          NaN meets no condition
// Gaps     reset: a record never spans one; the pending one is dropped, the trigger begins anew and
//          waits for `pre` samples; the gap is told by the next record
// Source   own derivation; the terms are those of IEEE 1057-2017, clause 3, and IEEE 181-2011
// Checked  tests/dsp/pulse_trigger_test.cpp, closed form, any cut; tests/validation, the definition sample
//          by sample in Python
#include "dsp/analog_trigger.h"

namespace acq {
namespace {

class PulseTrigger final : public AnalogTrigger<PulseWidthRule> {
 public:
  PulseTrigger() : AnalogTrigger("pulse_trigger") {}

 private:
  Result<PulseWidthRule> make_rule(const Params& params, const SignalInfo& in,
                                   const std::string& unit) override {
    const auto level = params.number_in("level", unit);
    if (!level) return tl::unexpected(level.error());
    const auto hysteresis = params.number_in("hysteresis", unit);
    if (!hysteresis) return tl::unexpected(hysteresis.error());
    const auto times = read_times(params, in.rate_hz);
    if (!times) return tl::unexpected(times.error());
    return PulseWidthRule({static_cast<float>(*level), static_cast<float>(*hysteresis),
                           params.text("polarity") == "negative", times->shortest, times->longest});
  }
};

constexpr std::string_view kPolarities[] = {"positive", "negative"};
constexpr auto kParams = with_framing_params({
    {.name = "level",
     .fallback = "0",
     .text = "level that the pulse is above, or below",
     .in_signal_unit = true},
    {.name = "polarity",
     .type = ParamType::kChoice,
     .fallback = "positive",
     .text = "above the level, or below it",
     .choices = kPolarities},
    {.name = "hysteresis",
     .min = 0,
     .fallback = "0",
     .text = "distance that the signal must have been on the other side",
     .in_signal_unit = true},
    kLongerThanParam,
    kShorterThanParam,
    kTriggerChannelParam,
});

}  // namespace

extern const BlockEntry block_pulse_trigger;
const BlockEntry block_pulse_trigger{
    .name = "pulse_trigger",
    .summary = "cuts a record at the end of each pulse of some width",
    .params = kParams,
    .latency = "post - 1 samples",
    .cost = "6 comparisons on one channel, 1 copy inside records",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<PulseTrigger>(); },
    .example =
        [] {
          return Table{{"level", 0.1},
                       {"hysteresis", 0.4},
                       {"longer_than", 0.01},
                       {"pre", 20.0},
                       {"post", 100.0}};
        },
};

}  // namespace acq
