// fft: spectrum of each record.
//
// In       (channels, length) float32, any unit u; record
// Out      (channels, size / 2 + 1) float32; one-sided spectrum from 0 Hz to half the rate; size is
//          pad_to where that is given, else length; output complex: twice the channels, all real parts,
//          then all imaginary parts
// Params   window         name of a window (periodic), hann
//          window_params  the window's own numbers, none
//          detrend        none, or constant: subtract the record's mean first; none
//          output         amplitude (u): a sine of amplitude A reads A; rms (u): A / sqrt 2;
//                         power (u2): A^2 / 2; db: 10 log10 of power, -379 dB for nothing;
//                         density (u2/Hz): white noise of variance v reads 2 v / rate; magnitude (u): |X| unscaled; phase (deg): of a cosine at the record's
//                         first sample, -180 to 180; complex (u): X unscaled; amplitude
//          pad_to         values of the transform: zeros behind the windowed record, length to 2^20, no
//                         default; or
//          pad_factor     the same as a multiple of the length, 1 to 64; or 0: the next power of two; 1
// Latency  0 samples beyond the record
// Cost     2.5 log2(size) + 5 operations a value of the padded record
// Errors   kInvalid: not a record, unknown window or wrong window_params, a window that sums to 0, pad_to
//          below the length or together with pad_factor
// Numerics float32: within 1e-6 of the largest bin; bins 0 and size / 2 are not doubled; a NaN
//          spoils its channel of that spectrum
// Gaps     none of its own: each record is whole; a gap before it is passed on
// Source   F. J. Harris, Proc. IEEE 66 (1978) 51 (coherent gain); transform: FFTW
// Checked  tests/dsp/fft_test.cpp, closed form; tests/validation, scipy.fft
#include "dsp/math/fft.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>

#include "dsp/base/planes.h"
#include "dsp/framing.h"
#include "dsp/math/decibel.h"
#include "dsp/math/spectrum_kernels.h"
#include "dsp/spectra.h"

namespace acq {
namespace {

enum class Output : std::uint8_t {
  kAmplitude,
  kRms,
  kPower,
  kDb,
  kMagnitude,
  kPhase,
  kDensity,
  kComplex
};

constexpr double kMostPadded = 1 << 20;
constexpr std::string_view kOutputs[] = {"amplitude", "rms",   "power",   "db",
                                         "magnitude", "phase", "density", "complex"};

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
    const auto window = spectrum_window(params, in.max_count);
    if (!window) return tl::unexpected(window.error());
    const double sum = std::accumulate(window->begin(), window->end(), 0.0);
    if (!(sum > 0)) {
      return fail(Code::kInvalid, fmt::format("window '{}' sums to zero", params.text("window")),
                  "window");
    }
    const auto size = size_of_transform(params, in.max_count);
    if (!size) return tl::unexpected(size.error());
    auto plan = RealFft<float>::plan(*size);
    if (!plan) return tl::unexpected(plan.error());
    plan_ = std::move(*plan);
    removes_mean_ = params.text("detrend") == "constant";
    output_ = static_cast<Output>(
        std::find(std::begin(kOutputs), std::end(kOutputs), params.text("output")) - kOutputs);
    const std::size_t parts = output_ == Output::kComplex ? 2 : 1;
    if (parts * in.channels.size() > kMaxChannels) {
      return fail(Code::kInvalid, fmt::format("complex spectra of {} channels", in.channels.size()),
                  "output",
                  fmt::format("another output, or up to {} channels", kMaxChannels / parts));
    }
    scale_ = output_ == Output::kMagnitude ? 1 : 1 / sum;
    if (output_ == Output::kDensity) {
      const double squares =
          std::inner_product(window->begin(), window->end(), window->begin(), 0.0);
      scale_ = 1 / std::sqrt(squares * in.rate_hz.value());
    }
    window_.resize(in.max_count);
    std::transform(window->begin(), window->end(), window_.begin(),
                   [](double w) { return static_cast<float>(w); });
    in_.resize(*size);
    out_.resize(plan_.bins());
    spectrum_ = Planes(parts * in.channels.size(), plan_.bins());
    return describe_output(in);
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    for (std::size_t c = 0; c < in.channels; ++c) {
      const float* x = in.planes[c];
      const double mean = removes_mean_ ? sum(x, in.count) / in.count : 0;
      apply_window(x, static_cast<float>(mean), window_.data(), in.count, in_.data());
      // The transform uses its input as scratch.
      std::fill(in_.begin() + static_cast<std::ptrdiff_t>(in.count), in_.end(), 0.0F);
      plan_.run(in_.data(), out_.data());
      if (output_ == Output::kComplex) {
        put_parts(spectrum_[c], spectrum_[in.channels + c]);
      } else {
        put_out(spectrum_[c]);
      }
    }
    if (output_ == Output::kComplex) {
      out.channels = 2 * in.channels;
      out.overrange_low |= in.overrange_low << in.channels;
      out.overrange_high |= in.overrange_high << in.channels;
    }
    spectrum_.lend(out.planes);
    out.count = static_cast<std::uint32_t>(spectrum_.count());
    out.axis_start.reset();
    out.triggers = {};
    out.results = {};
    return Yield::kLast;
  }

 private:
  static Result<std::size_t> size_of_transform(const Params& params, std::size_t length) {
    const auto too_many = [&](double size, const char* name) {
      return fail(Code::kInvalid, fmt::format("a transform of {} values", size), name,
                  fmt::format("{} to {} values", length, kMaxFftSize));
    };
    if (!params.has("pad_to")) {
      const std::int64_t factor = params.has("pad_factor") ? params.integer("pad_factor") : 1;
      const std::size_t size =
          factor == 0 ? std::bit_ceil(length) : length * static_cast<std::size_t>(factor);
      if (size > kMaxFftSize) return too_many(static_cast<double>(size), "pad_factor");
      return size;
    }
    if (params.has("pad_factor")) {
      return fail(Code::kInvalid, "pad_to and pad_factor exclude each other", "pad_factor",
                  "one of them");
    }
    const auto size = static_cast<std::size_t>(params.integer("pad_to"));
    if (size < length) return too_many(static_cast<double>(size), "pad_to");
    return size;
  }

  SignalInfo describe_output(const SignalInfo& in) const {
    SignalInfo out = in;
    out.kind = Kind::kSpectrum;
    out.max_count = plan_.bins();
    out.axis = {"frequency", "Hz", AxisRule::kLinear, 0,
                in.rate_hz.value() / static_cast<double>(plan_.size())};
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
        case Output::kDensity:
          channel.quantity = "power density";
          channel.unit = quotient_unit(power, "Hz");
          break;
        case Output::kPhase:
          channel.quantity = "phase";
          channel.unit = "deg";
          channel.calibration = {};
          break;
        case Output::kComplex: channel.quantity = "spectrum"; break;
        default: channel.quantity = kOutputs[static_cast<std::size_t>(output_)]; break;
      }
    }
    if (output_ == Output::kComplex) add_imaginary_parts(out);
    return out;
  }

  static void add_imaginary_parts(SignalInfo& out) {
    const std::size_t signals = out.channels.size();
    for (std::size_t n = 0; n < signals; ++n) {
      out.channels.push_back(out.channels[n]);
      out.channels.back().id += ".im";
      out.channels[n].id += ".re";
    }
  }

  void put_parts(float* re, float* im) const noexcept {
    for (std::size_t k = 0; k < plan_.bins(); ++k) {
      re[k] = out_[k].real();
      im[k] = out_[k].imag();
    }
  }

  void put_out(float* to) const noexcept {
    const std::size_t bins = plan_.bins();
    if (output_ == Output::kPhase) {
      constexpr float kDegrees = 180 / std::numbers::pi_v<float>;
      for (std::size_t k = 0; k < bins; ++k) to[k] = std::arg(out_[k]) * kDegrees;
      return;
    }
    const bool is_power =
        output_ == Output::kPower || output_ == Output::kDb || output_ == Output::kDensity;
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

constexpr ParamSpec kParams[] = {
    kSpectrumWindowParam,
    kWindowParamsParam,
    kRecordDetrendParam,
    {.name = "output",
     .type = ParamType::kChoice,
     .fallback = "amplitude",
     .text = "what each bin tells of the signal",
     .choices = kOutputs},
    {.name = "pad_to",
     .type = ParamType::kInteger,
     .unit = "samples",
     .min = 1,
     .max = kMostPadded,
     .text = "values of the transform: zeros behind the windowed record"},
    {.name = "pad_factor",
     .type = ParamType::kInteger,
     .min = 0,
     .max = 64,
     .text = "the same as a multiple of the length; 0: the next power of two"},
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
