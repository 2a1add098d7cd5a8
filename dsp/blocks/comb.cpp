// comb: takes out, or lets through, a frequency with all its multiples and 0 Hz.
//
// In       (channels, samples) float32, any unit; waveform or I/Q
// Out      (channels, samples) float32, same unit, same rate
// Params   kind       notch (takes out) or peak (lets through); notch
//          frequency  distance of the teeth, Hz; the rate divided by a whole number from 2 to 10^6, no
//                     default
//          quality    distance of the teeth over their width at -3 dB, above 1 to 10^6, 30
//          on_gap     reset (start from rest) or hold (as if nothing were missing); reset
// Latency  peak: group delay at 0 Hz, rate / frequency times (quality-dependent) about quality / pi
// Cost     2 float64 multiply-adds a sample
// Errors   kInvalid: neither waveform nor I/Q; a rate that is no multiple of frequency; quality out of
//          range
// Numerics float64, rounded to float32 once; a sample that is not finite gives NaN and leaves the state
//          as it is
// Source   Orfanidis, Introduction to Signal Processing, 1996, 11.5
// Checked  tests/dsp/comb_test.cpp, closed form; tests/validation, scipy.signal.iircomb
#include "dsp/math/comb.h"

#include <fmt/format.h>

#include <cmath>

#include "dsp/base/units.h"
#include "dsp/filtering.h"
#include "dsp/framing.h"

namespace acq {
namespace {

constexpr double kLongest = 1e6;

class Comb final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "comb", {Kind::kWaveform, Kind::kIq}); !fits) {
      return tl::unexpected(fits.error());
    }
    const double rate = in.rate_hz.value(), frequency = params.number("frequency");
    const double period = std::round(rate / frequency);
    if (!(period >= 2 && period <= kLongest) || std::abs(period * frequency - rate) > 1e-9 * rate) {
      return fail(Code::kInvalid,
                  fmt::format("frequency is {} at a rate of {}", format_quantity(frequency, "Hz"),
                              format_quantity(rate, "Hz")),
                  "frequency", "the rate divided by a whole number from 2 to 1000000");
    }
    const Tooth tooth = params.text("kind") == "notch" ? Tooth::kNotch : Tooth::kPeak;
    const auto design =
        design_comb(tooth, static_cast<std::size_t>(period), params.number("quality"));
    if (!design) return tl::unexpected(design.error());
    resets_ = params.text("on_gap") == "reset";
    filters_.assign(in.channels.size(), CombFilter(*design));
    SignalInfo out = in;
    if (tooth == Tooth::kPeak) {
      // Of b0 + bn z^-n over 1 + an z^-n at 0 Hz.
      add_delay(out,
                period * (design->bn / (design->b0 + design->bn) - design->an / (1 + design->an)));
    }
    return out;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    if (!continuity_.follows(in) && resets_) {
      for (CombFilter& filter : filters_) filter.reset();
    }
    for (std::size_t c = 0; c < filters_.size(); ++c) {
      filters_[c].run(in.planes[c], in.count, out.planes[c]);
    }
    return Yield::kLast;
  }

  void adopt(Block& before) noexcept override {
    auto& other = static_cast<Comb&>(before);
    continuity_ = other.continuity_;
    for (std::size_t c = 0; c < filters_.size(); ++c) filters_[c].adopt(other.filters_[c]);
  }

 private:
  bool resets_ = true;
  Continuity continuity_;
  std::vector<CombFilter> filters_;  // of each channel
};

constexpr ParamSpec kParams[] = {
    {.name = "kind",
     .type = ParamType::kChoice,
     .fallback = "notch",
     .text = "take the frequency and its multiples out, or let them alone through",
     .choices = kToothNames},
    {.name = "frequency",
     .unit = "Hz",
     .min = 1e-6,
     .required = true,
     .text = "distance of the teeth: the rate divided by a whole number"},
    {.name = "quality",
     .min = 1,
     .max = 1e6,
     .fallback = "30",
     .text = "distance of the teeth over their width at -3 dB; above 1"},
    kOnGapParam,
};

}  // namespace

extern const BlockEntry block_comb;
const BlockEntry block_comb{
    .name = "comb",
    .summary = "takes out, or lets through, a frequency with all its multiples",
    .params = kParams,
    .in_place = true,
    .latency = "peak: group delay at 0 Hz",
    .cost = "2 float64 multiply-adds",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Comb>(); },
    .example = [] { return Table{{"frequency", 50.0}, {"quality", 10.0}}; },
};

}  // namespace acq
