// deconvolution: what a record was before a known response smeared it.
//
// In       (2 signals, length) float32; record without results; the first half of the channels are the
//          records y, the second half the responses h: what segment makes of a pipeline of two inputs
// Out      (signals, length) float32, y's unit per h's; the same x axis
// Params   strength    of the regularisation, 0 to 1e12: what is rougher than y tells of is left out; in
//                      h's unit squared; 2
//          origin      where in h the lag is 0: centre (value length / 2) or first; centre
//          definition  exact, or datalab: DataLab's number, with origin centre only; exact
// Latency  0 samples beyond the record
// Cost     45 log2(length) + 30 float64 operations a value
// Errors   kInvalid: not a record, an odd number of channels, fewer than 2 values or more than 2^20,
//          definition datalab with origin first
// Numerics float64, rounded to float32 once; y goes on beyond its ends by its reflection; without strength
//          noise is amplified without bound where h has no response, and a frequency that h takes out
//          is left out; a NaN spoils its channel of that record
// Source   Tikhonov's regularised inverse with a first difference as prior, as DataLab's, which
//          lets the half of the response before its centre come late (definition datalab does, too)
// Checked  tests/dsp/deconvolution_test.cpp, closed form; tests/validation, numpy, sigima
#include "dsp/math/deconvolution.h"

#include "dsp/framing.h"
#include "dsp/records.h"

namespace acq {
namespace {

class Deconvolution final : public PairBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_pairs(in, "deconvolution"); !fits) {
      return tl::unexpected(fits.error());
    }
    const DeconvolutionRules rules{.strength = params.number("strength"),
                                   .is_centred = params.text("origin") == "centre",
                                   .as_datalab = params.text("definition") == "datalab"};
    if (rules.as_datalab && !rules.is_centred) {
      return fail(Code::kInvalid, "DataLab's responses have their origin in the centre", "origin",
                  "centre with definition datalab");
    }
    auto made = Deconvolver::make(in.max_count, rules);
    if (!made) return tl::unexpected(made.error());
    deconvolver_ = std::move(*made);
    SignalInfo out = set_up(in, in.max_count);
    for (std::size_t n = 0; n < out.channels.size(); ++n) {
      Channel& channel = out.channels[n];
      channel.unit = quotient_unit(channel.unit, in.channels[out.channels.size() + n].unit);
      channel.calibration = {};  // of two, or one that cancels
      channel.quantity.clear();
    }
    return out;
  }

 private:
  void compute(std::span<double> y, std::span<double> h, std::span<double> out) noexcept override {
    deconvolver_.run(y, h, out);
  }

  Deconvolver deconvolver_;
};

constexpr std::string_view kOrigins[] = {"centre", "first"};
constexpr std::string_view kDefinitions[] = {"exact", "datalab"};
constexpr ParamSpec kParams[] = {
    {.name = "strength",
     .min = 0,
     .max = 1e12,
     .fallback = "2",
     .text = "of the regularisation; in the response's unit squared"},
    {.name = "origin",
     .type = ParamType::kChoice,
     .fallback = "centre",
     .text = "where in the response the lag is 0",
     .choices = kOrigins},
    {.name = "definition",
     .type = ParamType::kChoice,
     .fallback = "exact",
     .text = "as it says, or the number that DataLab shows",
     .choices = kDefinitions},
};

}  // namespace

extern const BlockEntry block_deconvolution;
const BlockEntry block_deconvolution{
    .name = "deconvolution",
    .summary = "what a record was before a known response smeared it",
    .params = kParams,
    .cost = "45 log2 length + 30 float64 operations",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Deconvolution>(); },
    .example = [] { return Table{{"strength", 0.5}}; },
    .input = Kind::kRecord,
    .min_channels = 2,
};

}  // namespace acq
