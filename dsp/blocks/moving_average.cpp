// moving_average: mean of the last samples, at every sample.
//
// In       (channels, samples) float32, any unit; waveform
// Out      (channels, samples) float32, same unit, same rate
// Params   length       number of samples, 1 to 1000000, or
//          length_time  the same in seconds; one of both, no default
//          on_gap       reset (start anew) or hold (as if nothing were missing); reset
// Latency  group delay (length - 1) / 2 samples
// Cost     log2(length) to 2 log2(length) float64 additions a sample
// Errors   kInvalid: not a waveform, no length or two, length out of range
// Numerics float64 sums that are never subtracted from, rounded to float32 once: no drift; NaN and
//          infinities reach as many outputs as the window is long; at the start the mean of the
//          samples there are
// Source   Oppenheim and Schafer, Discrete-Time Signal Processing, 3rd ed., example 2.3
// Checked  tests/dsp/moving_average_test.cpp, closed form; tests/validation, numpy.convolve
#include <vector>

#include "dsp/filtering.h"
#include "dsp/framing.h"
#include "dsp/math/moving_mean.h"

namespace acq {
namespace {

constexpr std::size_t kLongest = 1'000'000;

class MovingAverage final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "moving_average", {Kind::kWaveform, Kind::kIq}); !fits) {
      return tl::unexpected(fits.error());
    }
    const auto length = length_of(params, "length", in.rate_hz, 1, kLongest);
    if (!length) return tl::unexpected(length.error());
    resets_ = params.text("on_gap") == "reset";
    means_.assign(in.channels.size(), MovingMean(*length));
    SignalInfo out = in;
    add_delay(out, static_cast<double>(*length - 1) / 2);
    return out;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    if (!continuity_.follows(in) && resets_) {
      for (MovingMean& mean : means_) mean.reset();
    }
    for (std::size_t c = 0; c < means_.size(); ++c) {
      means_[c].run(in.planes[c], in.count, out.planes[c]);
    }
    return Yield::kLast;
  }

  void adopt(Block& before) noexcept override {
    auto& other = static_cast<MovingAverage&>(before);
    continuity_ = other.continuity_;
    for (std::size_t c = 0; c < means_.size(); ++c) means_[c].adopt(other.means_[c]);
  }

 private:
  bool resets_ = true;
  Continuity continuity_;
  std::vector<MovingMean> means_;  // of each channel
};

constexpr ParamSpec kParams[] = {
    {.name = "length",
     .type = ParamType::kInteger,
     .unit = "samples",
     .min = 1,
     .max = kLongest,
     .text = "samples in the mean; or give length_time"},
    {.name = "length_time", .unit = "s", .min = 0, .text = "length in seconds"},
    kOnGapParam,
};

}  // namespace

extern const BlockEntry block_moving_average;
const BlockEntry block_moving_average{
    .name = "moving_average",
    .summary = "mean of the last samples, at every sample",
    .params = kParams,
    .in_place = true,
    .latency = "group delay (length - 1) / 2 samples",
    .cost = "2 log2 length float64 additions",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<MovingAverage>(); },
    .example = [] { return Table{{"length", 25.0}}; },
};

}  // namespace acq
