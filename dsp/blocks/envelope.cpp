// envelope: envelope, phase or frequency of each record at every moment, by the Hilbert transform.
//
// In       (channels, values) float32, any unit u; record without results, 2 values or more
// Out      the same shape, rate and x axis; u (envelope), deg (phase) or Hz (frequency)
// Params   output  envelope: |x + i H{x}|; phase: its angle with whole turns added so that it does not
//                  jump, as that of a cosine; frequency: step of the phase from each value to the next
//                  over its time, the last one repeated; envelope
// Latency  0 samples beyond the record
// Cost     5 log2(length) + 10 float64 operations a value; phase and frequency 40 more
// Errors   kInvalid: not a record, fewer than 2 or more than 2^24 values
// Numerics float64, rounded to float32 once; the record is taken as periodic, so values near its ends
//          are wrong unless it fits; a NaN spoils its channel of that record
// Source   Marple, IEEE Trans. Signal Processing 47 (1999) 2600
// Checked  tests/dsp/envelope_test.cpp, closed form; tests/validation, scipy.signal.hilbert
#include <fmt/format.h>

#include <algorithm>

#include "dsp/framing.h"
#include "dsp/math/complex_parts.h"
#include "dsp/math/spectral.h"
#include "dsp/records.h"

namespace acq {
namespace {

enum class Output : std::uint8_t { kEnvelope, kPhase, kFrequency };
constexpr std::string_view kOutputs[] = {"envelope", "phase", "frequency"};

class Envelope final : public RecordBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "envelope", {Kind::kRecord}); !fits) {
      return tl::unexpected(fits.error());
    }
    if (in.max_count < 2) {
      return fail(Code::kInvalid, "a record of one value has no envelope", {}, "2 values or more");
    }
    auto made = AnalyticSignal::make(in.max_count);
    if (!made) return tl::unexpected(made.error());
    analytic_ = std::move(*made);
    z_.resize(in.max_count);
    output_ = static_cast<Output>(
        std::find(std::begin(kOutputs), std::end(kOutputs), params.text("output")) - kOutputs);
    rate_hz_ = in.rate_hz.value();
    set_up(in, in.max_count);
    SignalInfo out = in;
    out.results = {};
    for (Channel& channel : out.channels) {
      channel.range_min = channel.range_max = 0;
      if (output_ == Output::kEnvelope) continue;
      channel.quantity = kOutputs[static_cast<std::size_t>(output_)];
      channel.unit = output_ == Output::kPhase ? "deg" : "Hz";
      channel.calibration = {};
    }
    return out;
  }

 private:
  void compute(std::span<const double> x, std::span<double> y) noexcept override {
    const std::span<std::complex<double>> z(z_);
    analytic_.run(x, z);
    switch (output_) {
      case Output::kEnvelope:
        std::transform(z.begin(), z.end(), y.begin(), [](auto v) { return std::abs(v); });
        break;
      case Output::kPhase:
        std::transform(z.begin(), z.end(), y.begin(),
                       [](auto v) { return std::arg(v) * per_radian("deg"); });
        unwrap(y, 360, y);
        break;
      case Output::kFrequency:
        instantaneous_frequency(z, rate_hz_, y);
        y.back() = y[y.size() - 2];
        break;
    }
  }

  AnalyticSignal analytic_;
  std::vector<std::complex<double>> z_;
  Output output_ = Output::kEnvelope;
  double rate_hz_ = 1;
};

constexpr ParamSpec kParams[] = {
    {.name = "output",
     .type = ParamType::kChoice,
     .fallback = "envelope",
     .text = "what is told of each moment",
     .choices = kOutputs},
};

}  // namespace

extern const BlockEntry block_envelope;
const BlockEntry block_envelope{
    .name = "envelope",
    .summary = "envelope, phase or frequency of each record at every moment",
    .params = kParams,
    .cost = "5 log2 length + 10 to 50 float64 operations",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Envelope>(); },
    .example = [] { return Table{{"output", "envelope"}}; },
    .input = Kind::kRecord,
};

}  // namespace acq
