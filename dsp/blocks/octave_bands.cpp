// octave_bands: power in bands of an octave or a part of one, from a power density.
//
// In       (channels, values) float32, u2/Hz or any density; spectrum with a linear axis in Hz from 0
// Out      (channels, bands) float32; u2 (power), u (rms) or dB (level); axis: list of exact centres, Hz
// Params   fraction  bands are 1/fraction octave: 1 to 48, 3
//          lowest    no band begins below it, Hz, above 0 to 1e12; 20 Hz
//          highest   no band ends above it, Hz, likewise; 20 kHz or the end of the spectrum
//          output    power; rms: its root; level: 10 log10 of it, -379 dB for nothing; power
// Latency  0 samples beyond the spectrum
// Cost     2 float64 operations a value
// Errors   kInvalid: not a spectrum, an axis that is not linear from 0; no band between lowest and highest;
//          bands that are narrower than a bin
// Numerics float64, rounded to float32 once; a bin at the edge of two bands is divided between them; NaN
//          spoils the bands it is in
// Source   IEC 61260-1:2014, 5.2 to 5.5 (base ten); bands by summing a density, not by its filters
// Checked  tests/dsp/octave_bands_test.cpp, closed form; tests/validation, numpy
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dsp/base/units.h"
#include "dsp/framing.h"
#include "dsp/math/decibel.h"
#include "dsp/math/spectral.h"
#include "dsp/records.h"

namespace acq {
namespace {

enum class Output : std::uint8_t { kPower, kRms, kLevel };
constexpr std::string_view kOutputs[] = {"power", "rms", "level"};

class OctaveBands final : public RecordBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "octave_bands", {Kind::kSpectrum}); !fits) {
      return tl::unexpected(fits.error());
    }
    const auto step = axis_step(in, "octave_bands");
    if (!step) return tl::unexpected(step.error());
    step_ = *step;
    if (in.axis.start != 0) {
      return fail(Code::kInvalid, fmt::format("the axis begins at {}", in.axis.start), {},
                  "a spectrum from 0 Hz");
    }
    const double end = step_ * (static_cast<double>(in.max_count) - 0.5);
    const double highest = std::min(end, params.has("highest") ? params.number("highest") : 20e3);
    bands_ = octave_bands(static_cast<std::size_t>(params.integer("fraction")),
                          params.number("lowest"), highest);
    if (bands_.empty()) {
      return fail(Code::kInvalid, "there is no band between lowest and highest", "lowest",
                  fmt::format("room for a band below {}", format_quantity(highest, "Hz")));
    }
    if (bands_.front().upper_hz - bands_.front().lower_hz < step_) {
      return fail(Code::kInvalid,
                  fmt::format("the band at {} is narrower than a bin of {}",
                              format_quantity(bands_.front().centre_hz, "Hz"),
                              format_quantity(step_, "Hz")),
                  "lowest", "a higher one, a smaller fraction, or longer records");
    }
    output_ = static_cast<Output>(
        std::find(std::begin(kOutputs), std::end(kOutputs), params.text("output")) - kOutputs);
    set_up(in, bands_.size());
    return describe_output(in);
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    const Yield yield = RecordBlock::process(in, out);
    out.axis_start.reset();
    if (output_ != Output::kLevel) return yield;
    for (std::size_t c = 0; c < in.channels; ++c) to_db({plane(c), out.count});
    return yield;
  }

 private:
  SignalInfo describe_output(const SignalInfo& in) const {
    SignalInfo out = in;
    out.max_count = bands_.size();
    out.axis = {"frequency", "Hz", AxisRule::kList, 0, 1, {}};
    for (const OctaveBand& band : bands_) out.axis.values.push_back(band.centre_hz);
    out.results = {};
    for (Channel& channel : out.channels) {
      std::string power = channel.unit;
      if (power.size() > 3 && power.ends_with("/Hz")) {
        power.resize(power.size() - 3);
      } else {
        power = product_unit(power, "Hz");
      }
      channel.quantity = kOutputs[static_cast<std::size_t>(output_)];
      channel.range_min = channel.range_max = 0;
      const bool is_square = power.size() > 1 && power.ends_with('2');
      switch (output_) {
        case Output::kPower: channel.unit = power; break;
        case Output::kRms:
          channel.unit = is_square ? power.substr(0, power.size() - 1) : "1";
          if (!is_square) channel.calibration = {};
          break;
        case Output::kLevel:
          channel.quantity = "level re 1 " + power;
          channel.unit = "dB";
          break;
      }
    }
    return out;
  }

  void compute(std::span<const double> x, std::span<double> y) noexcept override {
    for (std::size_t i = 0; i < bands_.size(); ++i) {
      const double power = band_power(x, step_, bands_[i]);
      y[i] = output_ == Output::kRms ? std::sqrt(power) : power;
    }
  }

  double step_ = 1;
  Output output_ = Output::kPower;
  std::vector<OctaveBand> bands_;
};

constexpr ParamSpec kParams[] = {
    {.name = "fraction",
     .type = ParamType::kInteger,
     .min = 1,
     .max = 48,
     .fallback = "3",
     .text = "bands are 1/fraction octave"},
    {.name = "lowest",
     .unit = "Hz",
     .min = 1e-6,
     .max = 1e12,
     .fallback = "20",
     .text = "no band begins below it"},
    {.name = "highest",
     .unit = "Hz",
     .min = 1e-6,
     .max = 1e12,
     .text = "no band ends above it; 20 kHz or the end of the spectrum when not given"},
    {.name = "output",
     .type = ParamType::kChoice,
     .fallback = "power",
     .text = "what is told of each band",
     .choices = kOutputs},
};

}  // namespace

extern const BlockEntry block_octave_bands;
const BlockEntry block_octave_bands{
    .name = "octave_bands",
    .summary = "power in bands of an octave or a part of one, from a power density",
    .params = kParams,
    .cost = "2 float64 operations",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<OctaveBands>(); },
    .example = [] { return Table{{"fraction", 1.0}, {"lowest", 10.0}}; },
    .input = Kind::kSpectrum,
};

}  // namespace acq
