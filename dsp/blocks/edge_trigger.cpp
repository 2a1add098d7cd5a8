// edge_trigger: cuts a record out of a waveform around each crossing of a level.
//
// In       (channels, samples) float32, any unit; waveform or logic
// Out      (channels, pre + post) float32, same units, same rate; record whose x axis is 0 s where
//          the straight line between the two samples around the crossing meets the level
//          (logic: half a sample before the first sample behind the edge)
// Params   level            unit of the source channel, 0; not for logic
//          hysteresis       unit of the source channel, 0 or more, 0: how far the signal must be on
//                           the other side of the level to arm the trigger; not for logic
//          slope            rising, falling or either; rising
//          channel          id or label of the source channel; the first one when not given
//          pre, pre_time    samples or seconds before the crossing, 0
//          post, post_time  samples or seconds from the crossing on, 1 or more, no default
//          hold_off, hold_off_time      samples or seconds from one crossing to the next that may
//                           trigger; never less than post, so records share no sample behind the
//                           crossing (the samples before it may be in two records)
//          auto_after, auto_after_time  samples or seconds without a crossing after which a record
//                           is cut anyway, not marked as triggered; never when not given
// Latency  post - 1 samples for the sample at the crossing
// Cost     2 comparisons a sample of the source channel, 1 copy of what is in a record
// Errors   kInvalid: neither waveform nor logic, unknown channel, a level in another unit or for
//          logic, lengths out of range or given twice
// Numerics level and comparisons in float32, position in float64; NaN is no crossing
// Gaps     reset: a record never spans one; the pending one is dropped, the trigger must arm anew
//          and wait for `pre` samples; the gap is told by the next record
// Source   own derivation; the terms are those of IEEE 1057-2017, clause 3
// Checked  tests/dsp/edge_trigger_test.cpp, closed form, any cut; tests/validation, the definition
//          sample by sample in Python
#include <algorithm>

#include "dsp/analog_trigger.h"

namespace acq {
namespace {

constexpr std::string_view kSlopes[] = {"rising", "falling", "either"};

class EdgeTrigger final : public AnalogTrigger<EdgeRule> {
 public:
  EdgeTrigger() : AnalogTrigger("edge_trigger", true) {}

 private:
  Result<EdgeRule> make_rule(const Params& params, const SignalInfo& in,
                             const std::string& unit) override {
    const auto level = params.number_in("level", unit);
    if (!level) return tl::unexpected(level.error());
    const auto hysteresis = params.number_in("hysteresis", unit);
    if (!hysteresis) return tl::unexpected(hysteresis.error());
    if (in.is_logic && (*level != 0 || *hysteresis != 0)) {
      const char* const name = *level != 0 ? "level" : "hysteresis";
      return fail(Code::kInvalid, "logic has no level to cross but its own", name,
                  std::string("no ") + name + " for logic");
    }
    const auto slope = std::ranges::find(kSlopes, params.text("slope")) - std::begin(kSlopes);
    return EdgeRule({in.is_logic ? kHalfWay : *level, *hysteresis, static_cast<Slope>(slope)});
  }

  static constexpr double kHalfWay = 0.5;  // between 0 and 1
};

constexpr auto kParams = with_framing_params({
    {.name = "level",
     .fallback = "0",
     .text = "level to cross, in the unit of the channel",
     .in_signal_unit = true},
    {.name = "hysteresis",
     .min = 0,
     .fallback = "0",
     .text = "distance from the level that arms the trigger, in the unit of the channel",
     .in_signal_unit = true},
    {.name = "slope",
     .type = ParamType::kChoice,
     .fallback = "rising",
     .text = "direction of the crossing",
     .choices = kSlopes},
    kTriggerChannelParam,
});

}  // namespace

extern const BlockEntry block_edge_trigger;
const BlockEntry block_edge_trigger{
    .name = "edge_trigger",
    .summary = "cuts a record around each crossing of a level",
    .params = kParams,
    .latency = "post - 1 samples",
    .cost = "2 comparisons on one channel, 1 copy inside records",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<EdgeTrigger>(); },
    .example =
        [] { return Table{{"level", 0.1}, {"hysteresis", 0.05}, {"pre", 20.0}, {"post", 100.0}}; },
    .takes_logic = true,
};

}  // namespace acq
