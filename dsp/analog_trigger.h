// What triggers that follow one channel by a rule (dsp/math/trigger_rules.h) share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "dsp/framing.h"
#include "dsp/math/trigger_rules.h"
#include "dsp/trigger_block.h"

namespace acq {

inline constexpr ParamSpec kTriggerChannelParam{
    .name = "channel",
    .type = ParamType::kText,
    .text = "id or label of the source channel; the first when not given"};
inline constexpr ParamSpec kTriggerLowParam{
    .name = "low", .required = true, .text = "lower level", .in_signal_unit = true};
inline constexpr ParamSpec kTriggerHighParam{
    .name = "high", .required = true, .text = "upper level", .in_signal_unit = true};
inline constexpr ParamSpec kLongerThanParam{
    .name = "longer_than", .unit = "s", .min = 0, .fallback = "0", .text = "shortest that fires"};
inline constexpr ParamSpec kShorterThanParam{.name = "shorter_than",
                                             .unit = "s",
                                             .min = 0,
                                             .text = "longest that fires; none when not given"};

// The levels `low` and `high` in the unit of a channel. kInvalid unless low is below high.
struct TriggerLevels {
  float low = 0;
  float high = 0;
};
Result<TriggerLevels> read_levels(const Params& params, const std::string& unit);

// `longer_than` and `shorter_than` in samples. kInvalid unless the first is not above the second.
struct TriggerTimes {
  double shortest = 0;
  double longest = 0;
};
Result<TriggerTimes> read_times(const Params& params, Rational rate_hz);

// The block around a rule. The derived class says what the rule is.
template <typename Rule>
class AnalogTrigger : public TriggerBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) final {
    const auto fits = takes_logic_ ? need_kind(in, name_, {Kind::kWaveform, Kind::kLogic})
                                   : need_kind(in, name_, {Kind::kWaveform});
    if (!fits) return tl::unexpected(fits.error());
    if (params.has("channel")) {
      const auto source = find_channel(in, params.text("channel"), "channel");
      if (!source) return tl::unexpected(source.error());
      source_ = *source;
    }
    auto rule = make_rule(params, in, in.channels[source_].unit);
    if (!rule) return tl::unexpected(rule.error());
    rule_ = *rule;
    return cut(in, params);
  }

 protected:
  explicit AnalogTrigger(std::string_view name, bool takes_logic = false) noexcept
      : name_(name), takes_logic_(takes_logic) {}
  // For a channel of this unit.
  virtual Result<Rule> make_rule(const Params& params, const SignalInfo& in,
                                 const std::string& unit) = 0;

 private:
  std::optional<Event> find(const Chunk& in, std::size_t from, std::size_t to) noexcept final {
    TriggerFound found;
    if (find_hits(rule_, before_, in.planes[source_], from, to, {&found, 1}) == 0) {
      return std::nullopt;
    }
    const TriggerHit& hit = found.hit;
    return Event{found.index, 1 - hit.fraction, static_cast<std::uint32_t>(source_), hit.is_rising,
                 hit.level};
  }
  void pass(const Chunk& in, std::size_t from, std::size_t to) noexcept final {
    TriggerFound hits[32];
    while (find_hits(rule_, before_, in.planes[source_], from, to, hits) == std::size(hits)) {
      from = std::end(hits)[-1].index + 1;
    }
  }
  void forget() noexcept final { rule_.reset(); }
  bool adopt_detector(TriggerBlock& before) noexcept final {
    auto& other = static_cast<AnalogTrigger&>(before);
    if (source_ != other.source_) return false;
    rule_.adopt(other.rule_);
    before_ = other.before_;
    return true;
  }

  std::string_view name_;
  bool takes_logic_ = false;
  std::size_t source_ = 0;
  Rule rule_;
  float before_ = 0;  // the last sample seen
};

}  // namespace acq
