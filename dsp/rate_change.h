// What blocks that change the rate of a waveform share: where their outputs lie, what is told with them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dsp/base/planes.h"
#include "dsp/filtering.h"
#include "dsp/framing.h"

namespace acq {

// Output k is at input index k down / up, counted from the start of the epoch, behind gaps too; up and
// down in lowest terms. What arrives between two outputs belongs to the later one.
class RateChange {
 public:
  RateChange() = default;
  RateChange(std::uint64_t up, std::uint64_t down, Rational rate_hz) noexcept
      : up_(up), down_(down), rate_hz_(rate_hz) {}

  // Rate and index of what comes out.
  void describe_rates(SignalInfo& info) const noexcept;
  void collect(const Chunk& in) noexcept;
  // Place, time, gap and marks of the `out.count` outputs that begin in `in`.
  void tell(const Chunk& in, Chunk& out) noexcept;
  void adopt(const RateChange& before) noexcept;

 private:
  // A mark on its way, its position still counted in input samples from `index`.
  struct Waiting {
    TriggerMark mark;
    std::uint64_t index = 0;
  };

  std::uint64_t up_ = 1;
  std::uint64_t down_ = 1;
  Rational rate_hz_;
  Gap gap_;  // since the last output
  Marks marks_;
  std::array<Waiting, kMaxTriggers> waiting_;
  std::size_t waiting_count_ = 0;
  std::array<TriggerMark, kMaxTriggers> triggers_;
  bool has_last_ = false;
  std::uint64_t next_index_ = 0;  // of the output
  std::uint32_t epoch_ = 0;
};

// The block around a filter that changes the rate (FirDecimator, PolyphaseResampler): one for each
// channel. The derived class makes it in configure() and calls set_up().
template <typename Filter>
class RateBlock : public Block {
 public:
  Yield process(const Chunk& in, Chunk& out) noexcept final {
    if (!continuity_.follows(in) && resets_) {
      for (Filter& filter : filters_) filter.reset();
    }
    change_.collect(in);
    std::size_t made = 0;
    for (std::size_t c = 0; c < filters_.size(); ++c) {
      made = filters_[c].run(in.planes[c], in.count, in.first_index, out_[c]);
    }
    if (made == 0) return Yield::kNone;
    out.count = static_cast<std::uint32_t>(made);
    out_.lend(out.planes);
    change_.tell(in, out);
    return Yield::kLast;
  }

  void adopt(Block& before) noexcept final {
    auto& other = static_cast<RateBlock&>(before);
    continuity_ = other.continuity_;
    change_.adopt(other.change_);
    for (std::size_t c = 0; c < filters_.size(); ++c) filters_[c].adopt(other.filters_[c]);
  }

 protected:
  // The signal that comes out: rate times up / down, at most `max_count` samples of one input, `delay`
  // input samples later.
  SignalInfo set_up(const SignalInfo& in, const Params& params, const Filter& filter,
                    std::uint64_t up, std::uint64_t down, std::size_t max_count, double delay) {
    resets_ = params.text("on_gap") == "reset";
    change_ = RateChange(up, down, in.rate_hz);
    filters_.assign(in.channels.size(), filter);
    out_ = Planes(in.channels.size(), max_count);
    SignalInfo out = in;
    out.max_count = max_count;
    add_delay(out, delay);
    change_.describe_rates(out);
    return out;
  }

 private:
  bool resets_ = true;
  Continuity continuity_;
  RateChange change_;
  std::vector<Filter> filters_;
  Planes out_;
};

}  // namespace acq
