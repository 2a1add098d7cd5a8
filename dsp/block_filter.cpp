#include "dsp/block_filter.h"

#include <algorithm>
#include <utility>

namespace acq {

Result<BlockFilter> BlockFilter::make(std::span<const double> taps, std::size_t channels,
                                      Rational rate_hz, bool resets) {
  auto transform = OverlapSave::make(taps);
  if (!transform) return tl::unexpected(transform.error());
  BlockFilter made;
  made.transform_ = std::move(*transform);
  made.rate_hz_ = rate_hz;
  made.resets_ = resets;
  made.input_ = Planes(channels, made.transform_.look_back() + made.block());
  made.out_ = Planes(channels, made.block());
  return made;
}

Yield BlockFilter::process(const Chunk& in, Chunk& out) noexcept {
  if (!in_chunk_) {
    in_chunk_ = true;
    at_ = 0;
    breaks_ = !continuity_.follows(in);
  }
  if (breaks_) {
    if (filled_ > 0) {  // what waits belongs before the gap
      put_out(in, out);
      return Yield::kMore;
    }
    breaks_ = false;
    if (resets_) input_.fill(0);
    gaps_.add(in.gap_before);
  }
  if (at_ == 0) open(in);
  const std::size_t count = std::min(block() - filled_, in.count - at_);
  if (filled_ == 0) {
    start_ = in.first_index + at_;
    facts_ = in;
    marks_ = {};
  }
  marks_.add(in);
  for (std::size_t c = 0; c < in.channels; ++c) {
    std::copy_n(in.planes[c] + at_, count, input_[c] + transform_.look_back() + filled_);
  }
  filled_ += count;
  at_ += count;
  if (filled_ == block()) {
    const bool is_used = at_ == in.count;
    put_out(in, out);
    in_chunk_ = !is_used;
    return is_used ? Yield::kLast : Yield::kMore;
  }
  in_chunk_ = false;
  return Yield::kNone;
}

void BlockFilter::open(const Chunk& in) noexcept {
  for (const TriggerMark& mark : in.triggers) {
    if (waiting_count_ < kMaxTriggers) waiting_[waiting_count_++] = {mark, in.first_index};
  }
}

void BlockFilter::put_out(const Chunk& in, Chunk& out) noexcept {
  for (std::size_t c = 0; c < in.channels; ++c) {
    float* const x = input_[c];
    std::fill(x + transform_.look_back() + filled_, x + transform_.look_back() + block(), 0.0F);
    transform_.run(x, out_[c]);
    std::copy(x + filled_, x + filled_ + transform_.look_back(), x);
  }
  static_cast<ChunkFacts&>(out) = facts_;
  out_.lend(out.planes);
  out.channels = in.channels;
  out.count = static_cast<std::uint32_t>(filled_);
  place(facts_, start_, rate_hz_, out);
  describe(marks_, gaps_, out);
  out.packet = nullptr;
  std::size_t told = 0, kept = 0;
  for (std::size_t i = 0; i < waiting_count_; ++i) {
    const auto [mark, index] = waiting_[i];
    const double position =
        static_cast<double>(static_cast<std::int64_t>(index - start_)) + mark.position;
    if (position < static_cast<double>(filled_)) {
      triggers_[told] = mark;
      triggers_[told++].position = position;
    } else {
      waiting_[kept++] = waiting_[i];
    }
  }
  waiting_count_ = kept;
  out.triggers = {triggers_.data(), told};
  filled_ = 0;
}

void BlockFilter::adopt(BlockFilter& before) noexcept {
  continuity_ = before.continuity_;
  gaps_ = before.gaps_;
  if (input_.channels() != before.input_.channels() || input_.count() != before.input_.count() ||
      transform_.look_back() != before.transform_.look_back()) {
    gaps_.add(before.waiting());
    return;
  }
  std::swap(input_, before.input_);
  filled_ = before.filled_;
  start_ = before.start_;
  facts_ = before.facts_;
  marks_ = before.marks_;
  waiting_ = before.waiting_;
  waiting_count_ = before.waiting_count_;
}

}  // namespace acq
