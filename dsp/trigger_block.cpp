#include "dsp/trigger_block.h"

#include <fmt/format.h>

#include <utility>

namespace acq {

Result<SignalInfo> TriggerBlock::cut(const SignalInfo& in, const Params& params) {
  if (const auto lengths = read_lengths(in, params); !lengths) {
    return tl::unexpected(lengths.error());
  }
  rate_hz_ = in.rate_hz;
  step_s_ = 1 / in.rate_hz.value();
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

Result<void> TriggerBlock::read_lengths(const SignalInfo& in, const Params& params) {
  const std::size_t most = kMaxPieceSamples / in.channels.size();
  const auto post = length_of(params, "post", in.rate_hz, 1, most);
  if (!post) return tl::unexpected(post.error());
  const auto pre = length_of(params, "pre", in.rate_hz, 0, most - *post, 0);
  if (!pre) return tl::unexpected(pre.error());
  const auto hold_off = length_of(params, "hold_off", in.rate_hz, 0, kLongestWait, 0);
  if (!hold_off) return tl::unexpected(hold_off.error());
  const auto auto_after = length_of(params, "auto_after", in.rate_hz, 1, kLongestWait, 0);
  if (!auto_after) return tl::unexpected(auto_after.error());
  pre_ = *pre;
  length_ = *pre + *post;
  hold_off_ = std::max(*hold_off, *post);
  auto_after_ = *auto_after;
  return {};
}

Yield TriggerBlock::process(const Chunk& in, Chunk& out) noexcept {
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
      pass(in, at_, end);
      at_ = end;
    } else {
      wait(in);
    }
  }
  close(in);
  return Yield::kNone;
}

void TriggerBlock::adopt(Block& before) noexcept {
  auto& other = static_cast<TriggerBlock&>(before);
  continuity_ = other.continuity_;
  gaps_ = other.gaps_;
  const bool same_source = adopt_detector(other);
  const bool goes_on = pre_ == other.pre_ && length_ == other.length_ && same_source;
  if (goes_on) {
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
  const std::size_t missing = pre_ - history_.size();
  // Patience began where the one before was ready.
  if (missing > 0 || !goes_on) ready_at_ = std::max(ready_at_, continuity_.next() + missing);
}

void TriggerBlock::open(const Chunk& in) noexcept {
  in_chunk_ = true;
  at_ = 0;
  gaps_.add(in.gap_before);
  if (!continuity_.follows(in)) {
    filling_ = false;
    history_.clear();
    recent_.clear();
    forget();
    ready_at_ = in.first_index + pre_;
  }
  if (filling_) marks_.add(in);
}

void TriggerBlock::close(const Chunk& in) noexcept {
  in_chunk_ = false;
  history_.append(in.planes.data(), in.count);
  recent_.add(in);
}

// Looks for an event, or for the end of patience.
void TriggerBlock::wait(const Chunk& in) noexcept {
  std::size_t end = in.count;
  if (auto_after_ > 0) {
    const std::uint64_t deadline = std::max(ready_at_ + auto_after_, in.first_index + at_);
    end = std::min<std::uint64_t>(end, deadline - in.first_index);
  }
  if (const auto event = find(in, at_, end)) {
    mark_ = {static_cast<double>(pre_) - event->before, event->channel, event->is_rising,
             event->level};
    is_triggered_ = true;
    begin(in, event->index);
  } else if (end < in.count) {
    is_triggered_ = false;
    begin(in, end);
  } else {
    at_ = end;
  }
}

// Starts the record whose sample number `pre_` is sample `at` of `in`.
void TriggerBlock::begin(const Chunk& in, std::size_t at) noexcept {
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

void TriggerBlock::fill(const Chunk& in) noexcept {
  const std::size_t count = std::min(length_ - filled_, in.count - at_);
  for (std::size_t c = 0; c < in.channels; ++c) {
    std::copy_n(in.planes[c] + at_, count, record_[c] + filled_);
  }
  pass(in, at_, at_ + count);
  filled_ += count;
  at_ += count;
}

void TriggerBlock::finish(const Chunk& in, Chunk& out) noexcept {
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

Result<std::size_t> find_channel(const SignalInfo& in, std::string_view id,
                                 std::string_view where) {
  std::string ids;
  for (std::size_t c = 0; c < in.channels.size(); ++c) {
    if (in.channels[c].id == id || in.channels[c].label == id) return c;
    ids += (c == 0 ? "" : ", ") + in.channels[c].id;
  }
  return fail(Code::kInvalid, fmt::format("there is no channel '{}'", id), std::string(where), ids);
}

}  // namespace acq
