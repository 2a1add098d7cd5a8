// dc_remove: takes the constant part out of a signal.
//
// In       (channels, samples) float32, any unit; waveform
// Out      (channels, samples) float32, same unit, same rate
// Params   method       one_pole (high-pass of first order) or moving_mean (less the mean of the
//                       last samples); one_pole
//          cutoff       -3 dB frequency of one_pole, Hz, above 0, below half the rate, no default
//          length       samples in the mean of moving_mean, 1 to 1000000, or
//          length_time  the same in seconds, no default
//          on_gap       reset (start anew) or hold (as if nothing were missing); reset
// Latency  0 samples; a change of the constant part is gone after 1 / (2 pi cutoff) or length
// Cost     5 float64 multiply-adds a sample, or up to 2 log2(length) additions
// Errors   kInvalid: not a waveform; a cutoff that is missing, out of range, or together with
//          moving_mean; a length likewise
// Numerics float64 inside, rounded to float32 once. one_pole starts as if the first sample had been
//          there for ever, so that there is no step at the start; a sample that is not finite gives
//          NaN and starts its channel anew. moving_mean: NaN reaches as many outputs as the mean is
//          long
// Source   Lyons, Understanding Digital Signal Processing, 3rd ed., section 13.23; Butterworth
//          high-pass by bilinear transform
// Checked  tests/dsp/dc_remove_test.cpp, closed form; tests/validation, scipy.signal sosfilt with
//          sosfilt_zi, numpy.convolve
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "dsp/filtering.h"
#include "dsp/framing.h"
#include "dsp/math/iir_design.h"
#include "dsp/math/moving_mean.h"

namespace acq {
namespace {

constexpr std::size_t kLongest = 1'000'000;
constexpr std::size_t kPiece = 256;  // samples whose means are held at a time

class DcRemove final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "dc_remove", {Kind::kWaveform, Kind::kIq}); !fits) {
      return tl::unexpected(fits.error());
    }
    resets_ = params.text("on_gap") == "reset";
    channels_ = in.channels.size();
    const auto good =
        params.text("method") == "one_pole" ? make_filter(in, params) : make_means(in, params);
    if (!good) return tl::unexpected(good.error());
    return in;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    if (!continuity_.follows(in) && resets_) {
      filter_.reset();
      for (MovingMean& mean : means_) mean.reset();
    }
    if (means_.empty()) {
      for (std::size_t c = 0; c < channels_; ++c) last_[c] = in.planes[c][in.count - 1];
      filter_.run(in.planes.data(), out.planes.data(), in.count);
      return Yield::kLast;
    }
    for (std::size_t c = 0; c < channels_; ++c) {
      for (std::size_t at = 0; at < in.count; at += kPiece) {
        subtract_mean(means_[c], out.planes[c] + at, std::min<std::size_t>(kPiece, in.count - at));
      }
    }
    return Yield::kLast;
  }

  // Another method starts anew: it has nothing of what the old one kept.
  void adopt(Block& before) noexcept override {
    auto& other = static_cast<DcRemove&>(before);
    continuity_ = other.continuity_;
    last_ = other.last_;
    if (means_.empty() != other.means_.empty()) return;
    if (means_.empty()) filter_.adopt(other.filter_, {last_.data(), channels_});
    for (std::size_t c = 0; c < means_.size(); ++c) means_[c].adopt(other.means_[c]);
  }

 private:
  Result<void> make_filter(const SignalInfo& in, const Params& params) {
    for (const char* name : {"length", "length_time"}) {
      if (params.has(name)) return excluded(name, "one_pole");
    }
    const auto edges = edges_of(params, in.rate_hz.value(), 0);
    if (!edges) return tl::unexpected(edges.error());
    const auto sections = design_butterworth(Band::kHigh, *edges, 1);
    if (!sections) return tl::unexpected(sections.error());
    filter_ = SosFilter(*sections, channels_, SosStart::kSettled);
    return {};
  }

  Result<void> make_means(const SignalInfo& in, const Params& params) {
    if (params.has("cutoff")) return excluded("cutoff", "moving_mean");
    const auto length = length_of(params, "length", in.rate_hz, 1, kLongest);
    if (!length) return tl::unexpected(length.error());
    means_.assign(channels_, MovingMean(*length));
    return {};
  }

  static Result<void> excluded(const char* name, const char* method) {
    return fail(Code::kInvalid, fmt::format("{} has no meaning together with {}", name, method),
                name, "not given");
  }

  static void subtract_mean(MovingMean& mean, float* samples, std::size_t count) noexcept {
    std::array<float, kPiece> means;
    mean.run(samples, count, means.data());
    for (std::size_t i = 0; i < count; ++i) samples[i] -= means[i];
  }

  bool resets_ = true;
  std::size_t channels_ = 0;
  Continuity continuity_;
  SosFilter filter_;
  std::vector<MovingMean> means_;           // of each channel; none with one_pole
  std::array<float, kMaxChannels> last_{};  // sample of each channel
};

constexpr std::string_view kMethods[] = {"one_pole", "moving_mean"};
constexpr ParamSpec kParams[] = {
    {.name = "method",
     .type = ParamType::kChoice,
     .fallback = "one_pole",
     .text = "high-pass of first order, or less the mean of the last samples",
     .choices = kMethods},
    {.name = "cutoff",
     .type = ParamType::kNumbers,
     .unit = "Hz",
     .min = 0,
     .text = "-3 dB frequency of one_pole"},
    {.name = "length",
     .type = ParamType::kInteger,
     .unit = "samples",
     .min = 1,
     .max = kLongest,
     .text = "samples in the mean of moving_mean; or give length_time"},
    {.name = "length_time", .unit = "s", .min = 0, .text = "length in seconds"},
    kOnGapParam,
};

}  // namespace

extern const BlockEntry block_dc_remove;
const BlockEntry block_dc_remove{
    .name = "dc_remove",
    .summary = "takes the constant part out of a signal",
    .params = kParams,
    .in_place = true,
    .cost = "5 float64 multiply-adds",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<DcRemove>(); },
    .example = [] { return Table{{"cutoff", 2.0}}; },
};

}  // namespace acq
