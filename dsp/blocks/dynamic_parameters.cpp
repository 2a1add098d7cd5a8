// dynamic_parameters: what a record of a sine wave tells of the converter that took it.
//
// In       (channels, samples) float32, any unit u, even x axis in v; record
// Out      9 results for each channel: frequency (1/v), amplitude (u), offset (u), enob (bit), sinad,
//          snr, thd, sfdr (dB against the fundamental), noise_floor (dB, of one bin, against a
//          full-scale sine). THD+N is sinad with the other sign
// Params   full_scale  u, of the converter, peak to peak; its declared range when not given
//          harmonics   counted from the second on, 1 to 11, 9
//          definition  ieee, or datalab: the numbers that DataLab shows for thd, sfdr and snr; ieee
// Latency  0 samples
// Cost     20 to 40 sines and cosines a value, 2 transforms
// Errors   kInvalid: not a record, no even x axis, no full scale, more than 28 channels
// Numerics float64. Invalid: as sine_fit; a sine with nothing beside it; snr, thd or sfdr alone where
//          harmonics cannot be told from other lines. A line between two bins reads up to 0.01 dB low
//          in sfdr (flat-top window). Frequency, amplitude and offset have uncertainties
// Gaps     none of its own: each input is whole; a gap before it is passed on
// Source   IEEE 1241-2010, 8.8 and 9.2 to 9.8; harmonics by a joint fit at their frequencies, so the
//          record need not hold whole periods
// Checked  tests/dsp/dynamic_parameters_test.cpp, closed form, ENOB of an ideal converter;
//          tests/validation, scipy, sigima
#include "dsp/math/dynamic.h"

#include <fmt/format.h>

#include "dsp/framing.h"
#include "dsp/measuring.h"

namespace acq {
namespace {

constexpr std::string_view kDefinitions[] = {"ieee", "datalab"};

class DynamicBlock final : public MeasuringBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "dynamic_parameters", {Kind::kRecord}); !fits) {
      return tl::unexpected(fits.error());
    }
    const std::string u = common_unit(in);
    const Channel& first = in.channels.at(0);
    rules_.full_scale = first.range_max - first.range_min;
    if (params.has("full_scale")) {
      const auto full_scale = params.number_in("full_scale", u);
      if (!full_scale) return tl::unexpected(full_scale.error());
      rules_.full_scale = *full_scale;
    }
    if (!(rules_.full_scale > 0)) {
      return fail(Code::kInvalid, fmt::format("the full scale is {} {}", rules_.full_scale, u),
                  "full_scale", "above 0");
    }
    rules_.harmonics = static_cast<std::size_t>(params.integer("harmonics"));
    is_datalab_ = params.text("definition") == "datalab";
    auto analyzer = DynamicAnalyzer::make(in.max_count);
    if (!analyzer) return tl::unexpected(analyzer.error());
    analyzer_ = std::move(*analyzer);
    return set_up(in, {{"frequency", inverse_unit(in.axis.unit)},
                       {"amplitude", u},
                       {"offset", u},
                       {"enob", "bit"},
                       {"sinad", "dB"},
                       {"snr", "dB"},
                       {"thd", "dB"},
                       {"sfdr", "dB"},
                       {"noise_floor", "dB"}});
  }

 private:
  void measure(const Trace& record, std::span<ScalarResult> results) noexcept override {
    const DynamicParameters d = is_datalab_ ? analyzer_.measure_as_datalab(record, rules_)
                                            : analyzer_.measure(record, rules_);
    if (*d.invalid_because != '\0') {
      not_measured(results, d.invalid_because);
      return;
    }
    const auto unless = [](const char* reason, double value) {
      return *reason == '\0' ? measured(value) : not_measured(reason);
    };
    results[0] = measured(d.sine.frequency, d.sine.frequency_sigma);
    results[1] = measured(d.sine.amplitude, d.sine.amplitude_sigma);
    results[2] = measured(d.sine.offset, d.sine.offset_sigma);
    results[3] = measured(d.enob_bits);
    results[4] = measured(d.sinad_db);
    results[5] = unless(d.no_snr_because, d.snr_db);
    results[6] = unless(d.no_thd_because, d.thd_db);
    results[7] = unless(d.no_sfdr_because, d.sfdr_db);
    results[8] = is_datalab_ ? not_measured("DataLab tells no noise floor")
                             : unless(d.no_snr_because, d.noise_floor_db);
  }

  DynamicRules rules_;
  bool is_datalab_ = false;
  DynamicAnalyzer analyzer_;
};

constexpr ParamSpec kParams[] = {
    {.name = "full_scale",
     .min = 0,
     .text = "of the converter, peak to peak; its declared range when not given",
     .in_signal_unit = true},
    {.name = "harmonics",
     .type = ParamType::kInteger,
     .min = 1,
     .max = kMostHarmonics,
     .fallback = "9",
     .text = "counted from the second on"},
    {.name = "definition",
     .type = ParamType::kChoice,
     .fallback = "ieee",
     .text = "of IEEE 1241, or the numbers that DataLab shows",
     .choices = kDefinitions},
};

}  // namespace

extern const BlockEntry block_dynamic_parameters;
const BlockEntry block_dynamic_parameters{
    .name = "dynamic_parameters",
    .summary = "ENOB, SINAD, SNR, THD, SFDR of a converter from a sine wave (IEEE 1241)",
    .params = kParams,
    .cost = "20 to 40 sines and cosines a value, 2 transforms",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<DynamicBlock>(); },
    .example = [] { return Table{{"full_scale", 4.0}}; },
    .input = Kind::kRecord,
};

}  // namespace acq
