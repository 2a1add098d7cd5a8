#include "dsp/rate_change.h"

#include <utility>

#include "dsp/math/resample.h"

namespace acq {

void RateChange::describe_rates(SignalInfo& info) const noexcept {
  info.rate_hz = make_rational(info.rate_hz.num * up_, info.rate_hz.den * down_);
  info.index_ratio = make_rational(info.index_ratio.num * down_, info.index_ratio.den * up_);
}

void RateChange::collect(const Chunk& in) noexcept {
  gap_.add(in.gap_before);
  marks_.add(in);
  for (const TriggerMark& mark : in.triggers) {
    if (waiting_count_ < kMaxTriggers) waiting_[waiting_count_++] = {mark, in.first_index};
  }
}

void RateChange::tell(const Chunk& in, Chunk& out) noexcept {
  const std::uint64_t first = ceil_ratio(in.first_index, up_, down_);
  // The stamp is that of the input sample at or before the output.
  const std::uint64_t whole = first / up_ * down_ + first % up_ * down_ / up_;
  place(in, whole, rate_hz_, out);
  out.first_index = first;
  const bool goes_on = has_last_ && in.epoch == epoch_;
  gap_.samples = goes_on ? first - next_index_ : gap_.samples * up_ / down_;
  describe(marks_, gap_, out);
  marks_ = {};
  const auto up = static_cast<double>(up_);
  for (std::size_t i = 0; i < waiting_count_; ++i) {
    const auto [mark, index] = waiting_[i];
    const double behind = static_cast<double>(static_cast<std::int64_t>(index - whole)) -
                          static_cast<double>(first % up_ * down_ % up_) / up;
    triggers_[i] = mark;
    triggers_[i].position = (behind + mark.position) * up / static_cast<double>(down_);
  }
  out.triggers = {triggers_.data(), std::exchange(waiting_count_, 0)};
  has_last_ = true;
  epoch_ = in.epoch;
  next_index_ = first + out.count;
}

void RateChange::adopt(const RateChange& before) noexcept {
  const bool has_last = before.has_last_ && before.up_ == up_ && before.down_ == down_;
  const RateChange own(up_, down_, rate_hz_);
  *this = before;
  up_ = own.up_;
  down_ = own.down_;
  rate_hz_ = own.rate_hz_;
  has_last_ = has_last;
}

}  // namespace acq
