// mix: shifts frequencies down; with decimate behind it, a digital down-converter.
//
// In       (signals, samples) float32 waveform, or (2 signals, samples) float32 I/Q; any unit
// Out      (2 signals, samples) float32 I/Q, same unit, same rate: x exp(-2 pi i frequency t), t from the
//          stream's index 0; of a waveform twice that, so that a sine of amplitude A at the frequency
//          becomes a constant of magnitude A (and, behind a filter, nothing else)
// Params   frequency  what becomes 0 Hz, -rate/2 to rate/2, Hz; negative shifts up; no default
// Latency  0 samples
// Cost     8 float64 multiply-adds a sample
// Errors   kInvalid: neither waveform nor I/Q; a frequency beyond half the rate
// Numerics float64, rounded to float32 once; the phase follows from the sample index, also across gaps
//          and for years; NaN stays in its sample
// Source   Lyons, Understanding Digital Signal Processing, 3rd ed., 8.9
// Checked  tests/dsp/mix_test.cpp, closed form; tests/validation, numpy
#include <fmt/format.h>

#include <cmath>

#include "dsp/base/planes.h"
#include "dsp/base/units.h"
#include "dsp/framing.h"
#include "dsp/math/oscillator.h"

namespace acq {
namespace {

class Mix final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "mix", {Kind::kWaveform, Kind::kIq}); !fits) {
      return tl::unexpected(fits.error());
    }
    is_real_ = in.kind == Kind::kWaveform;
    if (is_real_ && 2 * in.channels.size() > kMaxChannels) {
      return fail(
          Code::kInvalid,
          fmt::format("{} channels make more than {} of I/Q", in.channels.size(), kMaxChannels), {},
          fmt::format("up to {} channels", kMaxChannels / 2));
    }
    const double rate = in.rate_hz.value(), frequency = params.number("frequency");
    if (!(std::abs(frequency) <= rate / 2)) {
      return fail(Code::kInvalid,
                  fmt::format("frequency is {} at a rate of {}", format_quantity(frequency, "Hz"),
                              format_quantity(rate, "Hz")),
                  "frequency", fmt::format("-{0} to {0}", format_quantity(rate / 2, "Hz")));
    }
    oscillator_ = Oscillator(frequency / rate);
    SignalInfo out = in;
    out.kind = Kind::kIq;
    if (is_real_) {
      out.channels.clear();
      for (const Channel& channel : in.channels) {
        for (const char* part : {".re", ".im"}) {
          out.channels.push_back(channel);
          out.channels.back().id += part;
        }
      }
    }
    for (Channel& channel : out.channels) channel.range_min = channel.range_max = 0;
    planes_ = Planes(out.channels.size(), in.max_count);
    return out;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    for (std::size_t at = 0; at < in.count;) {
      const std::uint64_t index = in.first_index + at;
      const std::complex<double> coarse = oscillator_.coarse(index);
      const std::size_t count =
          std::min<std::size_t>(in.count - at, Oscillator::kSteps - index % Oscillator::kSteps);
      for (std::size_t n = 0; n < planes_.channels() / 2; ++n) {
        for (std::size_t i = at; i < at + count; ++i) {
          const std::complex<double> turn = coarse * oscillator_.fine(in.first_index + i);
          put(in, n, i, turn);
        }
      }
      at += count;
    }
    if (is_real_) spread_marks(in, out);
    planes_.lend(out.planes);
    out.channels = static_cast<std::uint32_t>(planes_.channels());
    out.triggers = {};  // levels of the signal mean nothing here
    return Yield::kLast;
  }

 private:
  void put(const Chunk& in, std::size_t n, std::size_t i, std::complex<double> turn) noexcept {
    if (is_real_) {
      const double x = 2 * static_cast<double>(in.planes[n][i]);
      planes_[2 * n][i] = static_cast<float>(x * turn.real());
      planes_[2 * n + 1][i] = static_cast<float>(x * turn.imag());
      return;
    }
    const auto re = static_cast<double>(in.planes[2 * n][i]);
    const auto im = static_cast<double>(in.planes[2 * n + 1][i]);
    planes_[2 * n][i] = static_cast<float>(re * turn.real() - im * turn.imag());
    planes_[2 * n + 1][i] = static_cast<float>(re * turn.imag() + im * turn.real());
  }

  // Over-range of the input is over-range of both parts, on either side.
  static void spread_marks(const Chunk& in, Chunk& out) noexcept {
    const std::uint64_t both = in.overrange_low | in.overrange_high;
    std::uint64_t spread = 0;
    for (std::size_t c = 0; c < in.channels; ++c) {
      if ((both >> c & 1) != 0) spread |= std::uint64_t{3} << 2 * c;
    }
    out.overrange_low = out.overrange_high = spread;
  }

  bool is_real_ = true;
  Oscillator oscillator_;
  Planes planes_;
};

constexpr ParamSpec kParams[] = {
    {.name = "frequency",
     .unit = "Hz",
     .required = true,
     .text = "what becomes 0 Hz; up to half the rate, negative shifts up"},
};

}  // namespace

extern const BlockEntry block_mix;
const BlockEntry block_mix{
    .name = "mix",
    .summary = "shifts frequencies down by multiplying with a complex oscillator",
    .params = kParams,
    .cost = "8 float64 multiply-adds",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Mix>(); },
    .example = [] { return Table{{"frequency", 123.0}}; },
    .input = Kind::kIq,
    .min_channels = 2,
};

}  // namespace acq
