// edge_trigger: cuts a record out of a waveform around each crossing of a level.
//
// In       (channels, samples) float32, any unit; waveform
// Out      (channels, pre + post) float32, same units, same rate; record whose x axis is 0 s where
//          the straight line between the two samples around the crossing meets the level
// Params   level            unit of the source channel, 0
//          hysteresis       unit of the source channel, 0 or more, 0: how far the signal must be on
//                           the other side of the level to arm the trigger
//          slope            rising, falling or either; rising
//          channel          id of the source channel; the first one when not given
//          pre, pre_time    samples or seconds before the crossing, 0
//          post, post_time  samples or seconds from the crossing on, 1 or more, no default
//          hold_off, hold_off_time      samples or seconds from one crossing to the next that may
//                           trigger; never less than post, so records share no sample behind the
//                           crossing (the samples before it may be in two records)
//          auto_after, auto_after_time  samples or seconds without a crossing after which a record
//                           is cut anyway, not marked as triggered; never when not given
// Latency  post - 1 samples for the sample at the crossing
// Cost     2 comparisons a sample of the source channel, 1 copy of what is in a record
// Errors   kInvalid: not a waveform, unknown channel, lengths out of range or given twice
// Numerics level and comparisons in float32, position in float64; NaN is no crossing
// Gaps     reset: a record never spans one; the pending one is dropped, the trigger must arm anew
//          and wait for `pre` samples; the gap is told by the next record
// Source   own derivation; the terms are those of IEEE 1057-2017, clause 3
// Checked  tests/dsp/edge_trigger_test.cpp, closed form, any cut; tests/validation, the definition
//          sample by sample in Python
#include <fmt/format.h>

#include <algorithm>

#include "dsp/base/planes.h"
#include "dsp/framing.h"
#include "dsp/math/edge.h"
#include "dsp/math/history.h"

namespace acq {
namespace {

constexpr std::size_t kLongest = std::size_t{1} << 40;  // of waits: days at any rate

Slope slope_of(const std::string& word) noexcept {
  if (word == "rising") return Slope::kRising;
  return word == "falling" ? Slope::kFalling : Slope::kEither;
}

Result<std::size_t> find_channel(const SignalInfo& in, const Params& params) {
  if (!params.has("channel")) return std::size_t{0};
  std::string ids;
  for (std::size_t c = 0; c < in.channels.size(); ++c) {
    if (in.channels[c].id == params.text("channel")) return c;
    ids += (c == 0 ? "" : ", ") + in.channels[c].id;
  }
  return fail(Code::kInvalid, fmt::format("there is no channel '{}'", params.text("channel")),
              "channel", ids);
}

class EdgeTrigger final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "edge_trigger", {Kind::kWaveform}); !fits) {
      return tl::unexpected(fits.error());
    }
    const auto source = find_channel(in, params);
    if (!source) return tl::unexpected(source.error());
    if (const auto lengths = read_lengths(in, params); !lengths) {
      return tl::unexpected(lengths.error());
    }
    rate_hz_ = in.rate_hz;
    step_s_ = 1 / in.rate_hz.value();
    level_ = params.number("level");
    source_ = *source;
    detector_ = EdgeDetector(level_, params.number("hysteresis"), slope_of(params.text("slope")));
    history_ = History(in.channels.size(), pre_);
    recent_ = RecentMarks(pre_);
    record_ = Planes(in.channels.size(), length_);

    SignalInfo out = in;
    out.kind = Kind::kRecord;
    out.max_count = length_;
    out.axis = {"time", "s", AxisRule::kLinear, -static_cast<double>(pre_) * step_s_, step_s_};
    out.results = {};
    return out;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    if (!in_chunk_) open(in);
    while (at_ < in.count) {
      const std::uint64_t here = in.first_index + at_;
      if (filling_) {
        fill(in);
        if (filled_ < length_) continue;
        finish(in, out);
        return Yield::kMore;
      }
      if (here < ready_at_) {
        const std::size_t end = at_ + std::min<std::uint64_t>(in.count - at_, ready_at_ - here);
        detector_.pass(in.planes[source_], at_, end);
        at_ = end;
      } else {
        wait(in);
      }
    }
    close(in);
    return Yield::kNone;
  }

  void adopt(Block& before) noexcept override {
    auto& other = static_cast<EdgeTrigger&>(before);
    continuity_ = other.continuity_;
    gaps_ = other.gaps_;
    const bool same_source = source_ == other.source_;
    if (same_source) detector_.adopt(other.detector_);
    if (pre_ == other.pre_ && length_ == other.length_ && same_source) {
      std::swap(record_, other.record_);
      filling_ = other.filling_;
      filled_ = other.filled_;
      start_ = other.start_;
      is_triggered_ = other.is_triggered_;
      mark_ = other.mark_;
      marks_ = other.marks_;
      ready_at_ = other.ready_at_;
    }
    history_.adopt(other.history_);
    recent_.adopt(other.recent_);
    ready_at_ = std::max(ready_at_, continuity_.next() + (pre_ - history_.size()));
  }

 private:
  Result<void> read_lengths(const SignalInfo& in, const Params& params) {
    const std::size_t most = kMaxPieceSamples / in.channels.size();
    const auto post = length_of(params, "post", in.rate_hz, 1, most);
    if (!post) return tl::unexpected(post.error());
    const auto pre = length_of(params, "pre", in.rate_hz, 0, most - *post, 0);
    if (!pre) return tl::unexpected(pre.error());
    const auto hold_off = length_of(params, "hold_off", in.rate_hz, 0, kLongest, 0);
    if (!hold_off) return tl::unexpected(hold_off.error());
    const auto auto_after = length_of(params, "auto_after", in.rate_hz, 1, kLongest, 0);
    if (!auto_after) return tl::unexpected(auto_after.error());
    pre_ = *pre;
    length_ = *pre + *post;
    hold_off_ = std::max(*hold_off, *post);
    auto_after_ = *auto_after;
    return {};
  }

  void open(const Chunk& in) noexcept {
    in_chunk_ = true;
    at_ = 0;
    gaps_.add(in.gap_before);
    if (!continuity_.follows(in)) {
      filling_ = false;
      history_.clear();
      recent_.clear();
      detector_.reset();
      ready_at_ = in.first_index + pre_;
    }
    if (filling_) marks_.add(in);
  }

  void close(const Chunk& in) noexcept {
    in_chunk_ = false;
    history_.append(in.planes.data(), in.count);
    recent_.add(in);
  }

  // Looks for an edge, or for the end of patience.
  void wait(const Chunk& in) noexcept {
    std::size_t end = in.count;
    if (auto_after_ > 0) {
      const std::uint64_t deadline = std::max(ready_at_ + auto_after_, in.first_index + at_);
      end = std::min<std::uint64_t>(end, deadline - in.first_index);
    }
    if (const auto edge = detector_.find(in.planes[source_], at_, end)) {
      mark_ = {static_cast<double>(pre_) - 1 + edge->fraction, static_cast<std::uint32_t>(source_),
               edge->is_rising, level_};
      is_triggered_ = true;
      begin(in, edge->index);
    } else if (end < in.count) {
      is_triggered_ = false;
      begin(in, end);
    } else {
      at_ = end;
    }
  }

  // Starts the record whose sample number `pre_` is sample `at` of `in`.
  void begin(const Chunk& in, std::size_t at) noexcept {
    const std::size_t from_chunk = std::min(pre_, at);
    const std::size_t from_history = pre_ - from_chunk;
    for (std::size_t c = 0; c < in.channels; ++c) {
      history_.copy(c, from_history, record_[c]);
      std::copy_n(in.planes[c] + (at - from_chunk), from_chunk, record_[c] + from_history);
    }
    marks_ = from_history > 0 ? recent_.all() : Marks{};
    marks_.add(in);
    start_ = in.first_index + at - pre_;
    ready_at_ = in.first_index + at + hold_off_;
    filling_ = true;
    filled_ = pre_;
    at_ = at;
  }

  void fill(const Chunk& in) noexcept {
    const std::size_t count = std::min(length_ - filled_, in.count - at_);
    for (std::size_t c = 0; c < in.channels; ++c) {
      std::copy_n(in.planes[c] + at_, count, record_[c] + filled_);
    }
    detector_.pass(in.planes[source_], at_, at_ + count);
    filled_ += count;
    at_ += count;
  }

  void finish(const Chunk& in, Chunk& out) noexcept {
    filling_ = false;
    record_.lend(out.planes);
    out.count = static_cast<std::uint32_t>(length_);
    place(in, start_, rate_hz_, out);
    describe(marks_, gaps_, out);
    out.axis_start = -step_s_ * (is_triggered_ ? mark_.position : static_cast<double>(pre_));
    if (!is_triggered_) return;
    out.flags |= kFlagTriggered;
    out.triggers = {&mark_, 1};
  }

  Rational rate_hz_;
  double step_s_ = 1;
  double level_ = 0;
  std::size_t source_ = 0;
  std::size_t pre_ = 0;
  std::size_t length_ = 1;
  std::size_t hold_off_ = 1;
  std::size_t auto_after_ = 0;  // 0: never

  EdgeDetector detector_;
  History history_;  // the last pre_ samples before the present chunk
  RecentMarks recent_;
  Continuity continuity_;
  Gap gaps_;                    // since the last record
  std::uint64_t ready_at_ = 0;  // index of the first sample that may trigger
  bool in_chunk_ = false;
  std::size_t at_ = 0;  // place in the present chunk

  Planes record_;
  bool filling_ = false;
  std::size_t filled_ = 0;
  std::uint64_t start_ = 0;  // index of the record's first sample
  bool is_triggered_ = false;
  TriggerMark mark_;
  Marks marks_;
};

constexpr std::string_view kSlopes[] = {"rising", "falling", "either"};
constexpr ParamSpec kParams[] = {
    {.name = "level", .fallback = "0", .text = "level to cross, in the unit of the channel"},
    {.name = "hysteresis",
     .min = 0,
     .fallback = "0",
     .text = "distance from the level that arms the trigger, in the unit of the channel"},
    {.name = "slope",
     .type = ParamType::kChoice,
     .fallback = "rising",
     .text = "direction of the crossing",
     .choices = kSlopes},
    {.name = "channel",
     .type = ParamType::kText,
     .text = "id of the source channel; the first when not given"},
    {.name = "pre",
     .type = ParamType::kInteger,
     .unit = "samples",
     .min = 0,
     .max = kMaxPieceSamples,
     .text = "samples before the crossing; 0 when not given"},
    {.name = "pre_time", .unit = "s", .min = 0, .text = "the same as a time"},
    {.name = "post",
     .type = ParamType::kInteger,
     .unit = "samples",
     .min = 1,
     .max = kMaxPieceSamples,
     .text = "samples from the crossing on"},
    {.name = "post_time", .unit = "s", .min = 0, .text = "the same as a time"},
    {.name = "hold_off",
     .type = ParamType::kInteger,
     .unit = "samples",
     .min = 0,
     .max = kLongest,
     .text = "samples from one crossing to the next that may trigger; at least post"},
    {.name = "hold_off_time", .unit = "s", .min = 0, .text = "the same as a time"},
    {.name = "auto_after",
     .type = ParamType::kInteger,
     .unit = "samples",
     .min = 1,
     .max = kLongest,
     .text = "samples without a crossing after which a record is cut anyway; never when not given"},
    {.name = "auto_after_time", .unit = "s", .min = 0, .text = "the same as a time"},
};

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
};

}  // namespace acq
