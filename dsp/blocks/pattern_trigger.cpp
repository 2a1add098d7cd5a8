// pattern_trigger: cuts a record out of logic where its channels come to show a pattern.
//
// In       (channels, samples) 0 and 1; logic
// Out      (channels, pre + post) 0 and 1, same rate; record whose x axis is 0 s half a sample before
//          the first sample that shows the pattern
// Params   pattern          terms CHANNEL=WHAT with spaces between them, a channel by its id or
//                           label, WHAT one of 0, 1, rising, falling, either; no default. With levels
//                           alone the event is the first sample at which all hold; with edges, each
//                           at which all of them happen at once while the levels hold
//          pre, pre_time    samples or seconds before the event, 0
//          post, post_time  samples or seconds from the event on, 1 or more, no default
//          hold_off, hold_off_time      samples or seconds from one event to the next that may
//                           trigger; never less than post, so records share no sample behind the
//                           event
//          auto_after, auto_after_time  samples or seconds without an event after which a record is
//                           cut anyway, not marked as triggered; never when not given
// Latency  post - 1 samples for the sample at the event
// Cost     1 comparison a sample and channel of the pattern, 1 copy of what is in a record
// Errors   kInvalid: not logic, a pattern without terms or that names a channel twice or one that is
//          not there, lengths out of range or given twice
// Numerics exact
// Gaps     reset: a record never spans one; the pending one is dropped, what holds behind the gap
//          must first cease; the gap is told by the next record
// Source   own derivation
// Checked  tests/dsp/pattern_trigger_test.cpp, closed form and the definition sample by sample, any
//          cut; tests/validation, the definition in NumPy
#include <fmt/format.h>

#include "dsp/math/pattern.h"
#include "dsp/trigger_block.h"

namespace acq {
namespace {

constexpr std::pair<std::string_view, Bit> kBits[] = {{"0", Bit::kLow},
                                                      {"1", Bit::kHigh},
                                                      {"rising", Bit::kRises},
                                                      {"falling", Bit::kFalls},
                                                      {"either", Bit::kChanges}};
constexpr std::string_view kAllowed =
    "terms CHANNEL=WHAT with spaces between them, WHAT one of 0, 1, rising, falling, either";

Result<PatternTerm> parse_term(std::string_view term, const SignalInfo& in) {
  const std::size_t at = term.find('=');
  const std::string_view what = at == std::string_view::npos ? "" : term.substr(at + 1);
  for (const auto& [word, bit] : kBits) {
    if (word != what) continue;
    const auto channel = find_channel(in, term.substr(0, at), "pattern");
    if (!channel) return tl::unexpected(channel.error());
    return PatternTerm{*channel, bit};
  }
  return fail(Code::kInvalid, fmt::format("{} is no term of a pattern", quote(term)), "pattern",
              std::string(kAllowed));
}

Result<std::vector<PatternTerm>> parse_pattern(std::string_view text, const SignalInfo& in) {
  std::vector<PatternTerm> terms;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty()) break;
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    const auto term = parse_term(word, in);
    if (!term) return tl::unexpected(term.error());
    const bool is_twice = std::any_of(terms.begin(), terms.end(), [&](const PatternTerm& other) {
      return other.channel == term->channel;
    });
    if (is_twice) {
      return fail(Code::kInvalid, fmt::format("{} names a channel a second time", quote(word)),
                  "pattern", "one term a channel");
    }
    terms.push_back(*term);
  }
  if (terms.empty())
    return fail(Code::kInvalid, "the pattern has no terms", "pattern", std::string(kAllowed));
  return terms;
}

class PatternTrigger final : public TriggerBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "pattern_trigger", {Kind::kLogic}); !fits) {
      return tl::unexpected(fits.error());
    }
    auto terms = parse_pattern(params.text("pattern"), in);
    if (!terms) return tl::unexpected(terms.error());
    const PatternTerm& first = terms->front();
    channel_ = static_cast<std::uint32_t>(first.channel);
    is_rising_ = first.bit == Bit::kHigh || first.bit == Bit::kRises;
    is_either_ = first.bit == Bit::kChanges;
    detector_ = PatternDetector(*terms);
    terms_ = std::move(*terms);
    return cut(in, params);
  }

 private:
  // The mark is on the first channel that the pattern names.
  std::optional<Event> find(const Chunk& in, std::size_t from, std::size_t to) noexcept override {
    const auto index = detector_.find(in.planes.data(), from, to);
    if (!index) return std::nullopt;
    const bool is_rising = is_either_ ? in.planes[channel_][*index] >= kHalfWay : is_rising_;
    return Event{*index, kHalfWay, channel_, is_rising, kHalfWay};
  }
  void pass(const Chunk& in, std::size_t from, std::size_t to) noexcept override {
    detector_.pass(in.planes.data(), from, to);
  }
  void forget() noexcept override { detector_.reset(); }
  bool adopt_detector(TriggerBlock& before) noexcept override {
    auto& other = static_cast<PatternTrigger&>(before);
    detector_.adopt(other.detector_);
    return terms_ == other.terms_;
  }

  static constexpr float kHalfWay = 0.5F;  // between two samples, and between 0 and 1

  std::vector<PatternTerm> terms_;
  std::uint32_t channel_ = 0;
  bool is_rising_ = true;
  bool is_either_ = false;
  PatternDetector detector_;
};

constexpr auto kParams = with_framing_params({
    {.name = "pattern",
     .type = ParamType::kText,
     .required = true,
     .text = "terms CHANNEL=WHAT, WHAT one of 0, 1, rising, falling, either: \"clk=rising cs=0\""},
});

}  // namespace

extern const BlockEntry block_pattern_trigger;
const BlockEntry block_pattern_trigger{
    .name = "pattern_trigger",
    .summary = "cuts a record where logic channels come to show a pattern",
    .params = kParams,
    .latency = "post - 1 samples",
    .cost = "1 comparison on each channel of the pattern, 1 copy inside records",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<PatternTrigger>(); },
    .example =
        [] {
          return Table{{"pattern", std::string("ch1=rising")}, {"pre", 20.0}, {"post", 100.0}};
        },
    .input = Kind::kLogic,
    .takes_logic = true,
};

}  // namespace acq
