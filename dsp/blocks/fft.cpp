// fft: spectrum of each record.
//
// In       (channels, length) float32, any unit u; record
// Out      (channels, length / 2 + 1) float32; one-sided spectrum from 0 Hz to half the rate
// Params   window         name of a window (periodic), hann
//          window_params  the window's own numbers, none
//          detrend        none, or constant: subtract the record's mean first; none
//          output         amplitude (u): a sine of amplitude A reads A; rms (u): A / sqrt 2;
//                         power (u2): A^2 / 2; db: 10 log10 of power, -379 dB for nothing;
//                         magnitude (u): |X| unscaled; phase (deg): of a cosine at the record's
//                         first sample, -180 to 180; amplitude
// Latency  0 samples beyond the record
// Cost     2.5 log2(length) + 5 operations a value
// Errors   kInvalid: not a record, unknown window or wrong window_params, a window that sums to 0
// Numerics float32: within 1e-6 of the largest bin; bins 0 and length / 2 are not doubled; a NaN
//          spoils its channel of that spectrum
// Gaps     none of its own: each record is whole; a gap before it is passed on
// Source   F. J. Harris, Proc. IEEE 66 (1978) 51 (coherent gain); transform: FFTW
// Checked  tests/dsp/fft_test.cpp, closed form; tests/validation, scipy.fft
#include "dsp/math/fft.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "dsp/base/planes.h"
#include "dsp/framing.h"
#include "dsp/math/decibel.h"
#include "dsp/math/spectrum_kernels.h"
#include "dsp/math/window.h"

namespace acq {
namespace {

enum class Output : std::uint8_t { kAmplitude, kRms, kPower, kDb, kMagnitude, kPhase };

constexpr std::string_view kOutputs[] = {"amplitude", "rms", "power", "db", "magnitude", "phase"};

// Bins that have no mirror image in the other half of the spectrum.
bool is_alone(std::size_t bin, std::size_t length) noexcept {
  return bin == 0 || 2 * bin == length;
}

class Fft final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "fft", {Kind::kRecord}); !fits) {
      return tl::unexpected(fits.error());
    }
    std::vector<double> own;
    if (params.has("window_params")) own = params.numbers("window_params");
    const auto window = make_window(params.text("window"), in.max_count, Sampling::kPeriodic, own);
    if (!window) return tl::unexpected(window.error());
    const double sum = std::accumulate(window->begin(), window->end(), 0.0);
    if (!(sum > 0)) {
      return fail(Code::kInvalid, fmt::format("window '{}' sums to zero", params.text("window")),
                  "window");
    }
    auto plan = RealFft<float>::plan(in.max_count);
    if (!plan) return tl::unexpected(plan.error());
    plan_ = std::move(*plan);
    removes_mean_ = params.text("detrend") == "constant";
    output_ = static_cast<Output>(
        std::find(std::begin(kOutputs), std::end(kOutputs), params.text("output")) - kOutputs);
    scale_ = output_ == Output::kMagnitude ? 1 : 1 / sum;
    window_.resize(in.max_count);
    std::transform(window->begin(), window->end(), window_.begin(),
                   [](double w) { return static_cast<float>(w); });
    in_.resize(in.max_count);
    out_.resize(plan_.bins());
    spectrum_ = Planes(in.channels.size(), plan_.bins());
    return describe_output(in);
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    for (std::size_t c = 0; c < in.channels; ++c) {
      const float* x = in.planes[c];
      const double mean = removes_mean_ ? sum(x, in.count) / in.count : 0;
      apply_window(x, static_cast<float>(mean), window_.data(), in.count, in_.data());
      plan_.run(in_.data(), out_.data());
      put_out(spectrum_[c]);
    }
    spectrum_.lend(out.planes);
    out.count = static_cast<std::uint32_t>(spectrum_.count());
    out.axis_start = 0;
    out.triggers = {};
    out.results = {};
    return Yield::kLast;
  }

 private:
  SignalInfo describe_output(const SignalInfo& in) const {
    SignalInfo out = in;
    out.kind = Kind::kSpectrum;
    out.max_count = plan_.bins();
    out.axis = {"frequency", "Hz", AxisRule::kLinear, 0,
                in.rate_hz.value() / static_cast<double>(in.max_count)};
    out.results = {};
    for (Channel& channel : out.channels) {
      const std::string power = squared_unit(channel.unit);
      channel.range_min = channel.range_max = 0;
      switch (output_) {
        case Output::kPower:
          channel.quantity = "power";
          channel.unit = power;
          break;
        case Output::kDb:
          channel.quantity = "level re 1 " + power;
          channel.unit = "dB";
          break;
        case Output::kPhase:
          channel.quantity = "phase";
          channel.unit = "deg";
          break;
        default: channel.quantity = kOutputs[static_cast<std::size_t>(output_)]; break;
      }
    }
    return out;
  }

  void put_out(float* to) const noexcept {
    const std::size_t bins = plan_.bins();
    if (output_ == Output::kPhase) {
      constexpr float kDegrees = 180 / std::numbers::pi_v<float>;
      for (std::size_t k = 0; k < bins; ++k) to[k] = std::arg(out_[k]) * kDegrees;
      return;
    }
    const bool is_power = output_ == Output::kPower || output_ == Output::kDb;
    // What the bins between the ends are multiplied by, beyond scale_.
    const double twice = output_ == Output::kAmplitude ? 2
                         : output_ == Output::kRms     ? std::numbers::sqrt2
                                                       : 1;
    const auto inner = static_cast<float>(is_power ? 2 * scale_ * scale_ : twice * scale_);
    const auto alone = static_cast<float>(is_power ? scale_ * scale_ : scale_);
    for (std::size_t k = 0; k < bins; ++k) {
      const float power = out_[k].real() * out_[k].real() + out_[k].imag() * out_[k].imag();
      to[k] = is_power ? power : std::sqrt(power);
    }
    for (std::size_t k = 0; k < bins; ++k) to[k] *= is_alone(k, plan_.size()) ? alone : inner;
    if (output_ == Output::kDb) to_db({to, bins});
  }

  RealFft<float> plan_;
  bool removes_mean_ = false;
  Output output_ = Output::kAmplitude;
  double scale_ = 1;
  AlignedVector<float> window_;
  AlignedVector<float> in_;
  AlignedVector<std::complex<float>> out_;
  Planes spectrum_;
};

constexpr std::string_view kDetrends[] = {"none", "constant"};
constexpr ParamSpec kParams[] = {
    {.name = "window",
     .type = ParamType::kChoice,
     .fallback = "hann",
     .text = "window function",
     .choices = kWindowNames},
    {.name = "window_params",
     .type = ParamType::kNumbers,
     .text = "numbers of the window, as kaiser's beta"},
    {.name = "detrend",
     .type = ParamType::kChoice,
     .fallback = "none",
     .text = "what is subtracted from each record first",
     .choices = kDetrends},
    {.name = "output",
     .type = ParamType::kChoice,
     .fallback = "amplitude",
     .text = "what each bin tells of the signal",
     .choices = kOutputs},
};

}  // namespace

extern const BlockEntry block_fft;
const BlockEntry block_fft{
    .name = "fft",
    .summary = "spectrum of each record",
    .params = kParams,
    .cost = "2.5 log2 length + 5",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Fft>(); },
    .example = [] { return Table{{"output", "rms"}}; },
    .input = Kind::kRecord,
};

}  // namespace acq
