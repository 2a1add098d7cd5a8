// notch: takes out one frequency and its multiples, or lets one through, by sections of second order.
//
// In       (channels, samples) float32, any unit; waveform or I/Q
// Out      (channels, samples) float32, same unit, same rate
// Params   kind       notch (takes out) or peak (lets through); notch
//          frequency  Hz, above 0 and below half the rate, no default
//          quality    frequency over the width between the -3 dB points, 0.1 to 10^6, 30
//          harmonics  notch: how many multiples, the frequency itself included, are taken out, each
//                     with the same width; 1 to 20; those at and beyond half the rate are left out; 1
//          start      zero (as if all had been 0 before) or settled (as the first sample is); zero
//          on_gap     reset (start anew) or hold (as if nothing were missing); reset
// Latency  0 samples; notch: group delay at 0 Hz
// Cost     5 float64 multiply-adds a sample for each multiple
// Errors   kInvalid: neither waveform nor I/Q; frequency out of range; a band wider than there is; peak
//          with harmonics
// Numerics float64, rounded to float32 once; a sample that is not finite gives NaN and starts its
//          channel anew behind it
// Source   Orfanidis, Introduction to Signal Processing, 1996, 11.3
// Checked  tests/dsp/notch_test.cpp, closed form; tests/validation, scipy.signal iirnotch, iirpeak
#include <fmt/format.h>

#include <algorithm>

#include "dsp/base/units.h"
#include "dsp/math/comb.h"
#include "dsp/sos_block.h"

namespace acq {
namespace {

class Notch final : public SosBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "notch", {Kind::kWaveform, Kind::kIq}); !fits) {
      return tl::unexpected(fits.error());
    }
    const auto sections = sections_of(params, in.rate_hz.value());
    if (!sections) return tl::unexpected(sections.error());
    set_up(in, params, *sections);
    SignalInfo out = in;
    if (params.text("kind") == "notch") add_delay(out, std::max(0.0, sos_delay(*sections, 0)));
    return out;
  }

 private:
  static Result<std::vector<Section>> sections_of(const Params& params, double rate_hz) {
    const Tooth tooth = params.text("kind") == "notch" ? Tooth::kNotch : Tooth::kPeak;
    const auto harmonics = params.integer("harmonics");
    if (tooth == Tooth::kPeak && harmonics != 1) {
      return fail(Code::kInvalid, "kind peak lets one frequency through", "harmonics",
                  "1; for all multiples there is comb");
    }
    const double frequency = params.number("frequency");
    if (!(frequency > 0 && frequency < rate_hz / 2)) {
      return fail(Code::kInvalid,
                  fmt::format("frequency is {} at a rate of {}", format_quantity(frequency, "Hz"),
                              format_quantity(rate_hz, "Hz")),
                  "frequency",
                  fmt::format("above 0 Hz and below {}", format_quantity(rate_hz / 2, "Hz")));
    }
    std::vector<Section> sections;
    for (std::int64_t k = 1; k <= harmonics; ++k) {
      const auto multiple = static_cast<double>(k);
      if (multiple * frequency >= rate_hz / 2) break;
      const auto section =
          design_notch(tooth, multiple * frequency / rate_hz, multiple * params.number("quality"));
      if (!section) return tl::unexpected(section.error());
      sections.push_back(*section);
    }
    return sections;
  }
};

constexpr ParamSpec kParams[] = {
    {.name = "kind",
     .type = ParamType::kChoice,
     .fallback = "notch",
     .text = "take the frequency out, or let it alone through",
     .choices = kToothNames},
    {.name = "frequency",
     .unit = "Hz",
     .min = 0,
     .required = true,
     .text = "what is taken out or let through; below half the rate"},
    {.name = "quality",
     .min = 0.1,
     .max = 1e6,
     .fallback = "30",
     .text = "frequency over the width between the -3 dB points"},
    {.name = "harmonics",
     .type = ParamType::kInteger,
     .min = 1,
     .max = 20,
     .fallback = "1",
     .text = "multiples that are taken out, the frequency itself included"},
    kSosStartParam,
    kOnGapParam,
};

}  // namespace

extern const BlockEntry block_notch;
const BlockEntry block_notch{
    .name = "notch",
    .summary = "takes out one frequency and its multiples, or lets one through",
    .params = kParams,
    .in_place = true,
    .cost = "5 float64 multiply-adds for each multiple",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Notch>(); },
    .example = [] { return Table{{"frequency", 50.0}, {"quality", 5.0}, {"harmonics", 3.0}}; },
};

}  // namespace acq
