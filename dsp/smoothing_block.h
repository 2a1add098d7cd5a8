// What blocks that smooth waveforms by a FIR filter, and records by their own rule, share.
#pragma once

#include <span>
#include <vector>

#include "dsp/filtering.h"
#include "dsp/framing.h"
#include "dsp/math/fir.h"
#include "dsp/records.h"

namespace acq {

// The derived class calls set_up() in configure(), and filter() for a waveform; records come to its
// compute().
class SmoothingBlock : public RecordBlock {
 public:
  Yield process(const Chunk& in, Chunk& out) noexcept final {
    if (filters_.empty()) return RecordBlock::process(in, out);
    const bool starts = !continuity_.follows(in) && resets_;
    for (std::size_t c = 0; c < filters_.size(); ++c) {
      if (starts) filters_[c].reset();
      filters_[c].run(in.planes[c], in.count, plane(c));
    }
    lend(out);
    return Yield::kLast;
  }

  void adopt(Block& before) noexcept final {
    auto& other = static_cast<SmoothingBlock&>(before);
    continuity_ = other.continuity_;
    for (std::size_t c = 0; c < filters_.size(); ++c) filters_[c].adopt(other.filters_[c]);
  }

 protected:
  // The input is a waveform: the newest sample's tap first. Reads `on_gap`.
  void filter(const SignalInfo& in, const Params& params, std::span<const double> taps) {
    resets_ = params.text("on_gap") == "reset";
    filters_.assign(in.channels.size(), FirFilter(taps, in.max_count));
  }

 private:
  bool resets_ = true;
  Continuity continuity_;
  std::vector<FirFilter> filters_;  // of each channel of a waveform
};

}  // namespace acq
