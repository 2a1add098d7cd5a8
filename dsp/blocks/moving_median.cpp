// moving_median: median of the last samples, at every sample; takes out spikes and keeps edges.
//
// In       (channels, samples) float32, any unit; waveform, I/Q or record
// Out      (channels, samples) float32, same unit, same rate
// Params   length  number of samples, odd, 1 to 10001, 3
//          border  of a record, what lies beyond its ends: reflect, constant (0), nearest, mirror or
//                  wrap, as scipy.ndimage; nearest, as DataLab
//          on_gap  of a waveform: reset (start anew) or hold (as if nothing were missing); reset
// Latency  waveform: group delay (length - 1) / 2 samples; a record's median is about each sample
// Cost     length / 8 + 20 comparisons and moves
// Errors   kInvalid: none of these kinds, an even length
// Numerics exact: one of the samples. NaN reaches as many outputs as the window is long; at the start of
//          a waveform the median of the samples there are, the lower one of two
// Source   Tukey, Exploratory Data Analysis, 1977, chapter 7
// Checked  tests/dsp/moving_median_test.cpp, closed form; tests/validation, scipy.ndimage.median_filter
#include "dsp/math/moving_median.h"

#include <fmt/format.h>

#include <algorithm>

#include "dsp/base/planes.h"
#include "dsp/filtering.h"
#include "dsp/framing.h"

namespace acq {
namespace {

constexpr double kLongest = 10001;

class MovingMedianBlock final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    const auto fits = need_kind(in, "moving_median", {Kind::kWaveform, Kind::kIq, Kind::kRecord});
    if (!fits) return tl::unexpected(fits.error());
    length_ = static_cast<std::size_t>(params.integer("length"));
    if (length_ % 2 == 0) {
      return fail(Code::kInvalid, fmt::format("length is {}", length_), "length",
                  "an odd number from 1 to 10001");
    }
    border_ = static_cast<Border>(
        std::find(std::begin(kBorderNames), std::end(kBorderNames), params.text("border")) -
        kBorderNames);
    is_running_ = is_continuous(in.kind);
    resets_ = params.text("on_gap") == "reset";
    medians_.assign(in.channels.size(), MovingMedian<float>(length_));
    out_ = Planes(in.channels.size(), in.max_count);
    SignalInfo out = in;
    if (is_running_) add_delay(out, static_cast<double>(length_ - 1) / 2);
    out.results = {};
    return out;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    if (is_running_ && !continuity_.follows(in) && resets_) {
      for (MovingMedian<float>& median : medians_) median.reset();
    }
    for (std::size_t c = 0; c < medians_.size(); ++c) {
      if (is_running_) {
        medians_[c].run(in.planes[c], in.count, out_[c]);
      } else {
        run_record(medians_[c], in.planes[c], in.count, out_[c]);
      }
    }
    out_.lend(out.planes);
    out.results = {};
    return Yield::kLast;
  }

  void adopt(Block& before) noexcept override {
    auto& other = static_cast<MovingMedianBlock&>(before);
    continuity_ = other.continuity_;
    for (std::size_t c = 0; c < medians_.size(); ++c) medians_[c].adopt(other.medians_[c]);
  }

 private:
  void run_record(MovingMedian<float>& median, const float* x, std::size_t count,
                  float* y) const noexcept {
    median.reset();
    const auto half = static_cast<std::ptrdiff_t>(length_ / 2);
    const auto n = static_cast<std::ptrdiff_t>(count);
    for (std::ptrdiff_t i = -half; i < n + half; ++i) {
      const std::size_t from = border_index(border_, i, count);
      const float value = median.next(from == count ? 0 : x[from]);
      if (i >= half) y[i - half] = value;
    }
  }

  std::size_t length_ = 1;
  Border border_ = Border::kNearest;
  bool is_running_ = true;
  bool resets_ = true;
  Continuity continuity_;
  std::vector<MovingMedian<float>> medians_;  // of each channel
  Planes out_;
};

constexpr ParamSpec kParams[] = {
    {.name = "length",
     .type = ParamType::kInteger,
     .unit = "samples",
     .min = 1,
     .max = kLongest,
     .fallback = "3",
     .text = "samples of which the median is taken; odd"},
    {.name = "border",
     .type = ParamType::kChoice,
     .fallback = "nearest",
     .text = "what lies beyond the ends of a record",
     .choices = kBorderNames},
    kOnGapParam,
};

}  // namespace

extern const BlockEntry block_moving_median;
const BlockEntry block_moving_median{
    .name = "moving_median",
    .summary = "median of the last samples, at every sample",
    .params = kParams,
    .latency = "group delay (length - 1) / 2 samples",
    .cost = "length / 8 + 20 comparisons and moves",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<MovingMedianBlock>(); },
    .example = [] { return Table{{"length", 5.0}}; },
};

}  // namespace acq
