// cepstrum: inverse transform of the logarithm of each record's spectrum: finds echoes.
//
// In       (channels, values) float32, any unit; record without results
// Out      (channels, length / 2 + 1) float32, 1; x axis: quefrency from 0 s
// Params   window         name of a window (periodic) the record is multiplied with, boxcar
//          window_params  the window's own numbers, none
// Latency  0 samples beyond the record
// Cost     5 log2(length) + 25 float64 operations a value
// Errors   kInvalid: not a record, unknown window or wrong window_params, more than 2^24 values
// Numerics float64, rounded to float32 once; magnitudes below 1e-150 count as that, so that silence
//          gives numbers; a NaN spoils its channel of that record
// Source   Oppenheim and Schafer, Discrete-Time Signal Processing, 3rd ed., 13.3 (real cepstrum)
// Checked  tests/dsp/cepstrum_test.cpp, closed form; tests/validation, numpy.fft
#include <algorithm>
#include <functional>

#include "dsp/framing.h"
#include "dsp/math/spectral.h"
#include "dsp/math/window.h"
#include "dsp/records.h"
#include "dsp/spectra.h"

namespace acq {
namespace {

class CepstrumBlock final : public RecordBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "cepstrum", {Kind::kRecord}); !fits) {
      return tl::unexpected(fits.error());
    }
    auto window = spectrum_window(params, in.max_count);
    if (!window) return tl::unexpected(window.error());
    window_ = std::move(*window);
    auto made = Cepstrum::make(in.max_count);
    if (!made) return tl::unexpected(made.error());
    cepstrum_ = std::move(*made);
    values_.resize(in.max_count);
    set_up(in, in.max_count / 2 + 1);
    SignalInfo out = in;
    out.max_count = in.max_count / 2 + 1;
    out.axis = {"quefrency", "s", AxisRule::kLinear, 0, 1 / in.rate_hz.value()};
    out.results = {};
    for (Channel& channel : out.channels) {
      channel.quantity = "cepstrum";
      channel.unit = "1";
      channel.calibration = {};
      channel.range_min = channel.range_max = 0;
    }
    return out;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    const Yield yield = RecordBlock::process(in, out);
    out.axis_start.reset();
    return yield;
  }

 private:
  void compute(std::span<const double> x, std::span<double> y) noexcept override {
    std::transform(x.begin(), x.end(), window_.begin(), values_.begin(), std::multiplies<>());
    cepstrum_.run(values_, values_);
    std::copy_n(values_.begin(), y.size(), y.begin());
  }

  std::vector<double> window_;
  std::vector<double> values_;
  Cepstrum cepstrum_;
};

constexpr ParamSpec kParams[] = {
    {.name = "window",
     .type = ParamType::kChoice,
     .fallback = "boxcar",
     .text = "window the record is multiplied with",
     .choices = kWindowNames},
    kWindowParamsParam,
};

}  // namespace

extern const BlockEntry block_cepstrum;
const BlockEntry block_cepstrum{
    .name = "cepstrum",
    .summary = "inverse transform of the logarithm of each record's spectrum",
    .params = kParams,
    .cost = "5 log2 length + 25 float64 operations",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<CepstrumBlock>(); },
    .example = [] { return Table{{"window", "hann"}}; },
    .input = Kind::kRecord,
};

}  // namespace acq
