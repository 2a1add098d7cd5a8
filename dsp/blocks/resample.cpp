// resample: changes the rate by a ratio of whole numbers, behind a low-pass filter against aliases.
//
// In       (channels, samples) float32, any unit; waveform or I/Q
// Out      (channels, samples up / down) float32, same unit, rate up / down; sample k is that at input
//          index k down / up, counted from the start of the epoch, behind gaps too
// Params   up              whole, 1 to 1000, no default; with down brought to lowest terms
//          down            likewise
//          zero_crossings  half the length of the filter, in zeros of its sinc, 1 to 64, 10
//          beta            of the filter's Kaiser window, 0 to 20, 5 (stop band of -50 dB)
//          on_gap          reset (zeros in front) or hold (as if nothing were missing); reset
// Latency  group delay zero_crossings max(up, down) / up input samples
// Cost     2 zero_crossings max(up, down) / up multiply-adds an output sample
// Errors   kInvalid: neither waveform nor I/Q; up or down out of range
// Numerics designed in float64, run in float32 as fir; NaN reaches the outputs whose taps meet it
// Source   Crochiere and Rabiner, Multirate Digital Signal Processing, 1983, 3.3; taps as
//          scipy.signal.resample_poly
// Checked  tests/dsp/resample_test.cpp, closed form; tests/validation, scipy.signal.resample_poly
#include "dsp/math/resample.h"

#include <numeric>

#include "dsp/rate_change.h"

namespace acq {
namespace {

class Resample final : public RateBlock<PolyphaseResampler> {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "resample", {Kind::kWaveform, Kind::kIq}); !fits) {
      return tl::unexpected(fits.error());
    }
    auto up = static_cast<std::uint64_t>(params.integer("up"));
    auto down = static_cast<std::uint64_t>(params.integer("down"));
    const std::uint64_t common = std::gcd(up, down);
    up /= common;
    down /= common;
    const auto taps = resampling_taps(up, down, params.number("beta"),
                                      static_cast<std::size_t>(params.integer("zero_crossings")));
    if (!taps) return tl::unexpected(taps.error());
    return set_up(in, params, PolyphaseResampler(*taps, up, down, in.max_count), up, down,
                  in.max_count * up / down + 1,
                  static_cast<double>(taps->size() - 1) / 2 / static_cast<double>(up));
  }
};

constexpr ParamSpec kParams[] = {
    {.name = "up",
     .type = ParamType::kInteger,
     .min = 1,
     .max = kMostResampling,
     .required = true,
     .text = "the rate is multiplied by this"},
    {.name = "down",
     .type = ParamType::kInteger,
     .min = 1,
     .max = kMostResampling,
     .required = true,
     .text = "and divided by this"},
    {.name = "zero_crossings",
     .type = ParamType::kInteger,
     .min = 1,
     .max = 64,
     .fallback = "10",
     .text = "half the length of the filter, in zeros of its sinc"},
    {.name = "beta",
     .min = 0,
     .max = 20,
     .fallback = "5",
     .text = "of the filter's Kaiser window: more attenuates aliases more"},
    kOnGapParam,
};

}  // namespace

extern const BlockEntry block_resample;
const BlockEntry block_resample{
    .name = "resample",
    .summary = "changes the rate by a ratio of whole numbers, behind a low-pass filter",
    .params = kParams,
    .latency = "group delay zero_crossings max(up, down) / up input samples",
    .cost = "2 zero_crossings max(up, down) / down multiply-adds",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Resample>(); },
    .example = [] { return Table{{"up", 3.0}, {"down", 2.0}}; },
};

}  // namespace acq
