// iir: recursive Butterworth filter, run as second-order sections.
//
// In       (channels, samples) float32, any unit; waveform
// Out      (channels, samples) float32, same unit, same rate
// Params   kind    low, high, band or stop; low
//          cutoff  -3 dB frequency; lower and upper for band and stop; Hz, above 0 and below half
//                  the rate, no default
//          order   1 to 20; band and stop have twice as many poles; 4
//          start   zero (as if all had been 0 before) or settled (as the first sample is); zero
//          on_gap  reset (start anew) or hold (as if nothing were missing); reset
// Latency  0 samples; group delay of the filter at 0 Hz (low, stop), in the middle of the band, at
//          half the rate (high)
// Cost     5 float64 multiply-adds a sample for each section, of which there are order/2, or order
//          for band and stop
// Errors   kInvalid: not a waveform; cutoff or order out of range; a cutoff so extreme that float64
//          cannot hold the filter
// Numerics designed and run in float64, rounded to float32 at the end; a sample that is not finite
//          gives NaN and starts its channel anew behind it
// Source   Oppenheim and Schafer, Discrete-Time Signal Processing, 3rd ed., 7.2 and appendix B;
//          transposed direct form 2, section 6.3
// Checked  tests/dsp/iir_test.cpp, closed form; tests/validation, scipy.signal butter, sosfilt
#include <algorithm>
#include <array>

#include "dsp/filtering.h"
#include "dsp/framing.h"
#include "dsp/math/iir_design.h"

namespace acq {
namespace {

double reference_frequency(Band band, std::span<const double> edges) noexcept {
  if (band == Band::kHigh) return 0.5;
  return band == Band::kPass ? (edges[0] + edges[1]) / 2 : 0;
}

class Iir final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "iir", {Kind::kWaveform}); !fits) {
      return tl::unexpected(fits.error());
    }
    const auto* const name =
        std::find(std::begin(kBandNames), std::end(kBandNames), params.text("kind"));
    const auto band = static_cast<Band>(name - std::begin(kBandNames));
    const auto edges = edges_of(params, in.rate_hz.value(), 0);
    if (!edges) return tl::unexpected(edges.error());
    const auto sections =
        design_butterworth(band, *edges, static_cast<std::size_t>(params.integer("order")));
    if (!sections) return tl::unexpected(sections.error());
    resets_ = params.text("on_gap") == "reset";
    channels_ = in.channels.size();
    filter_ = SosFilter(*sections, channels_,
                        params.text("start") == "zero" ? SosStart::kZero : SosStart::kSettled);
    SignalInfo out = in;
    add_delay(out, std::max(0.0, sos_delay(*sections, reference_frequency(band, *edges))));
    return out;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    if (!continuity_.follows(in) && resets_) filter_.reset();
    for (std::size_t c = 0; c < channels_; ++c) last_[c] = in.planes[c][in.count - 1];
    filter_.run(in.planes.data(), out.planes.data(), in.count);
    return Yield::kLast;
  }

  void adopt(Block& before) noexcept override {
    auto& other = static_cast<Iir&>(before);
    continuity_ = other.continuity_;
    last_ = other.last_;
    filter_.adopt(other.filter_, {last_.data(), channels_});
  }

 private:
  bool resets_ = true;
  std::size_t channels_ = 0;
  Continuity continuity_;
  SosFilter filter_;
  std::array<float, kMaxChannels> last_{};  // sample of each channel
};

constexpr std::string_view kStarts[] = {"zero", "settled"};
constexpr ParamSpec kParams[] = {
    {.name = "kind",
     .type = ParamType::kChoice,
     .fallback = "low",
     .text = "what passes",
     .choices = kBandNames},
    kCutoffParam,
    {.name = "order",
     .type = ParamType::kInteger,
     .min = 1,
     .max = kMostIirOrder,
     .fallback = "4",
     .text = "of the low-pass prototype"},
    {.name = "start",
     .type = ParamType::kChoice,
     .fallback = "zero",
     .text = "what is assumed before the first sample: zero, or the first sample's value",
     .choices = kStarts},
    kOnGapParam,
};

}  // namespace

extern const BlockEntry block_iir;
const BlockEntry block_iir{
    .name = "iir",
    .summary = "recursive Butterworth filter, run as second-order sections",
    .params = kParams,
    .in_place = true,
    .cost = "2.5 order float64 multiply-adds, twice that for band and stop",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Iir>(); },
    .example = [] { return Table{{"cutoff", 50.0}, {"order", 5.0}}; },
};

}  // namespace acq
