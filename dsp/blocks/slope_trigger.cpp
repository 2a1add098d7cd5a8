// slope_trigger: cuts a record at the end of each transition of some duration.
//
// In       (channels, samples) float32, any unit; waveform
// Out      (channels, pre + post) float32, same units, same rate; record whose x axis is 0 s where
//          the straight line between two samples meets the second level
// Params   low, high        unit of the source channel, the levels between which the time is taken, required
//          slope            rising (low to high) or falling; rising
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
// Cost     5 comparisons a sample of the source channel, 1 copy of what is in a record
// Errors   kInvalid: not a waveform, unknown channel, a level in another unit, low not below high,
//          times that exclude each other, lengths out of
//          range or given twice
// Numerics comparisons in float32, positions and times in float64 on straight lines between the samples;
//          NaN meets no condition
// Gaps     reset: a record never spans one; the pending one is dropped, the trigger begins anew and
//          waits for `pre` samples; the gap is told by the next record
// Source   own derivation; the terms are those of IEEE 1057-2017, clause 3, and IEEE 181-2011
// Checked  tests/dsp/slope_trigger_test.cpp, closed form, any cut; tests/validation, the definition sample
//          by sample in Python
#include "dsp/analog_trigger.h"

namespace acq {
namespace {

class SlopeTrigger final : public AnalogTrigger<SlopeRule> {
 public:
  SlopeTrigger() : AnalogTrigger("slope_trigger") {}

 private:
  Result<SlopeRule> make_rule(const Params& params, const SignalInfo& in,
                              const std::string& unit) override {
    const auto levels = read_levels(params, unit);
    if (!levels) return tl::unexpected(levels.error());
    const auto times = read_times(params, in.rate_hz);
    if (!times) return tl::unexpected(times.error());
    return SlopeRule({levels->low, levels->high, params.text("slope") == "falling", times->shortest,
                      times->longest});
  }
};

constexpr std::string_view kSlopes[] = {"rising", "falling"};
constexpr auto kParams = with_framing_params({
    kTriggerLowParam,
    kTriggerHighParam,
    {.name = "slope",
     .type = ParamType::kChoice,
     .fallback = "rising",
     .text = "direction of the transition",
     .choices = kSlopes},
    kLongerThanParam,
    kShorterThanParam,
    kTriggerChannelParam,
});

}  // namespace

extern const BlockEntry block_slope_trigger;
const BlockEntry block_slope_trigger{
    .name = "slope_trigger",
    .summary = "cuts a record at the end of each transition of some duration",
    .params = kParams,
    .latency = "post - 1 samples",
    .cost = "5 comparisons on one channel, 1 copy inside records",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<SlopeTrigger>(); },
    .example =
        [] {
          return Table{
              {"low", -0.5}, {"high", 0.5}, {"longer_than", 0.001}, {"pre", 20.0}, {"post", 100.0}};
        },
};

}  // namespace acq
