// fir: finite impulse response filter, designed by the window method or given by its taps.
//
// In       (channels, samples) float32, any unit; waveform
// Out      (channels, samples) float32, same unit, same rate
// Params   kind           low, high, band, stop (cutoff and order or transition), taps; low
//          cutoff         -6 dB frequency; lower and upper for band and stop; Hz, above 0 and below
//                         half the rate, no default
//          order          number of taps less one, 0 to 65535; even for high and stop; 64
//          transition     width between pass and stop band, Hz, instead of order, no default
//          attenuation    of the stop band beside a transition, 21 dB to 200 dB, 60 dB
//          window         name of a window (symmetric) beside an order, hamming
//          window_params  the window's own numbers, none
//          taps           own taps for kind taps, newest sample first, 1 to 65536 numbers
//          on_gap         reset (zeros in front) or hold (as if nothing were missing); reset
// Latency  group delay order/2 samples; own taps that are not symmetric: that of slow signals
// Cost     1 multiply-add a sample for each tap
// Errors   kInvalid: not a waveform; cutoff, order, taps out of range; parameters that exclude each
//          other; a window that does not exist
// Numerics designed in float64, run in float32: error below taps/2 ulp of sum |tap sample|; NaN and
//          infinities reach as many outputs as there are taps, then the filter has recovered
// Source   Oppenheim and Schafer, Discrete-Time Signal Processing, 3rd ed., 7.5 and 7.6
// Checked  tests/dsp/fir_test.cpp, closed form; tests/validation, scipy.signal firwin, lfilter
#include "dsp/math/fir.h"
#include "dsp/base/planes.h"
#include "dsp/filtering.h"
#include "dsp/framing.h"

namespace acq {
namespace {

class Fir final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "fir", {Kind::kWaveform}); !fits) {
      return tl::unexpected(fits.error());
    }
    const auto taps = fir_taps(params, in.rate_hz, {.order = 64});
    if (!taps) return tl::unexpected(taps.error());
    resets_ = params.text("on_gap") == "reset";
    filters_.assign(in.channels.size(), FirFilter(*taps, in.max_count));
    out_ = Planes(in.channels.size(), in.max_count);
    SignalInfo out = in;
    add_delay(out, fir_delay(*taps));
    return out;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    if (!continuity_.follows(in) && resets_) {
      for (FirFilter& filter : filters_) filter.reset();
    }
    for (std::size_t c = 0; c < filters_.size(); ++c) {
      filters_[c].run(in.planes[c], in.count, out_[c]);
    }
    out_.lend(out.planes);
    return Yield::kLast;
  }

  void adopt(Block& before) noexcept override {
    auto& other = static_cast<Fir&>(before);
    continuity_ = other.continuity_;
    for (std::size_t c = 0; c < filters_.size(); ++c) filters_[c].adopt(other.filters_[c]);
  }

 private:
  bool resets_ = true;
  Continuity continuity_;
  std::vector<FirFilter> filters_;  // of each channel
  Planes out_;
};

constexpr std::string_view kKinds[] = {"low", "high", "band", "stop", "taps"};
constexpr ParamSpec kParams[] = {
    {.name = "kind",
     .type = ParamType::kChoice,
     .fallback = "low",
     .text = "what passes, or own taps",
     .choices = kKinds},
    kCutoffParam,
    kOrderParam,
    kTransitionParam,
    kAttenuationParam,
    kWindowParam,
    kWindowParamsParam,
    kTapsParam,
    kOnGapParam,
};

}  // namespace

extern const BlockEntry block_fir;
const BlockEntry block_fir{
    .name = "fir",
    .summary = "finite impulse response filter, by the window method or by own taps",
    .params = kParams,
    .latency = "group delay order/2 samples",
    .cost = "order + 1 multiply-adds",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Fir>(); },
    .example = [] { return Table{{"cutoff", 100.0}, {"order", 40.0}}; },
};

}  // namespace acq
