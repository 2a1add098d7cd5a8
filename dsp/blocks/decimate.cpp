// decimate: keeps every factor-th sample, behind a low-pass filter against aliases.
//
// In       (channels, samples) float32, any unit; waveform
// Out      (channels, samples / factor) float32, same unit, rate / factor; sample k is that at
//          input index k * factor, counted from the start of the epoch, behind gaps too
// Params   factor         whole, 1 to 65536, no default
//          kind           low (designed), cic (as many means over factor samples as stages says, one
//                         behind the other), taps (own filter), none (aliases stay); low
//          stages         of cic, 1 to 8; 4
//          cutoff         -6 dB frequency, Hz, half the new rate
//          order          number of taps less one, 0 to 65535, instead of transition, no default
//          transition     width between pass and stop band, Hz, 0.4 of half the new rate: what
//                         aliases falls above 0.8 of half the new rate
//          attenuation    of the stop band beside a transition, 21 dB to 200 dB, 80 dB
//          window         name of a window (symmetric) beside an order, hamming
//          window_params  the window's own numbers, none
//          taps           own taps for kind taps, newest sample first, 1 to 65536 numbers
//          on_gap         reset (zeros in front) or hold (as if nothing were missing); reset
// Latency  group delay order/2 input samples; own taps that are not symmetric: that of slow signals
// Cost     taps / factor multiply-adds an input sample
// Errors   kInvalid: not a waveform; cutoff, order, taps out of range; parameters that exclude each
//          other; a window that does not exist; a transition too narrow for the factor
// Numerics as fir; NaN and infinities reach the outputs whose taps meet them
// Source   Crochiere and Rabiner, Multirate Digital Signal Processing, 1983, 3.3 (polyphase); Hogenauer,
//          IEEE Trans. Acoustics, Speech and Signal Processing 29 (1981) 155 (cic)
// Checked  tests/dsp/decimate_test.cpp, closed form; tests/validation, scipy.signal upfirdn
#include <fmt/format.h>

#include <algorithm>

#include "dsp/math/fir.h"
#include "dsp/math/resample.h"
#include "dsp/rate_change.h"

namespace acq {
namespace {

constexpr const char* kFilterParams[] = {"cutoff", "order",         "transition", "attenuation",
                                         "window", "window_params", "taps"};

class Decimate final : public RateBlock<FirDecimator> {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "decimate", {Kind::kWaveform, Kind::kIq}); !fits) {
      return tl::unexpected(fits.error());
    }
    const auto factor = static_cast<std::uint64_t>(params.integer("factor"));
    const auto taps = taps_of(params, factor, in.rate_hz);
    if (!taps) return tl::unexpected(taps.error());
    return set_up(in, params, FirDecimator(*taps, factor, in.max_count), 1, factor,
                  (in.max_count - 1) / factor + 1, fir_delay(*taps));
  }

 private:
  static Result<std::vector<double>> taps_of(const Params& params, std::uint64_t factor,
                                             Rational rate_hz) {
    if (params.has("stages") && params.text("kind") != "cic") {
      return fail(Code::kInvalid, "stages has no meaning without kind cic", "stages", "not given");
    }
    if (params.text("kind") == "none" || params.text("kind") == "cic") {
      if (const auto alone = no_filter_params(params); !alone) return tl::unexpected(alone.error());
      if (params.text("kind") == "none") return std::vector{1.0};
      const auto stages =
          params.has("stages") ? static_cast<std::size_t>(params.integer("stages")) : 4;
      if (stages * factor > kMostTaps) {
        return fail(Code::kInvalid, fmt::format("{} stages of {} samples", stages, factor),
                    "factor", fmt::format("stages times factor up to {}", kMostTaps));
      }
      return cic_taps(factor, stages);
    }
    const bool is_given = std::any_of(std::begin(kFilterParams), std::end(kFilterParams),
                                      [&](const char* name) { return params.has(name); });
    if (factor == 1 && params.text("kind") == "low" && !is_given) {
      return std::vector{1.0};  // nothing can alias
    }
    const double new_half = rate_hz.value() / 2 / static_cast<double>(factor);
    return fir_taps(params, rate_hz,
                    {.cutoff_hz = new_half, .transition_hz = 0.4 * new_half, .attenuation_db = 80});
  }

  static Result<void> no_filter_params(const Params& params) {
    for (const char* name : kFilterParams) {
      if (!params.has(name)) continue;
      return fail(Code::kInvalid,
                  fmt::format("{} has no meaning together with kind {}", name, params.text("kind")),
                  name, "not given");
    }
    return {};
  }
};

constexpr std::string_view kKinds[] = {"low", "cic", "taps", "none"};
constexpr auto kParams = with_fir_params({
    {.name = "factor",
     .type = ParamType::kInteger,
     .min = 1,
     .max = 65536,
     .required = true,
     .text = "one sample of so many is kept"},
    {.name = "kind",
     .type = ParamType::kChoice,
     .fallback = "low",
     .text = "filter against aliases: designed, cascaded means (cic), own taps, or none",
     .choices = kKinds},
    {.name = "stages",
     .type = ParamType::kInteger,
     .min = 1,
     .max = 8,
     .text = "means behind each other in cic; 4 when not given"},
});

}  // namespace

extern const BlockEntry block_decimate;
const BlockEntry block_decimate{
    .name = "decimate",
    .summary = "keeps every factor-th sample, behind a low-pass filter against aliases",
    .params = kParams,
    .latency = "group delay order/2 input samples",
    .cost = "(order + 1) / factor multiply-adds",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Decimate>(); },
    .example = [] { return Table{{"factor", 4.0}, {"order", 32.0}}; },
};

}  // namespace acq
