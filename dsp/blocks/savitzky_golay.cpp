// savitzky_golay: smooths, or differentiates, by a polynomial fitted about each sample.
//
// In       (channels, samples) float32, any unit u; waveform, I/Q or record with a linear axis
// Out      (channels, samples) float32, u, or u per power of the unit of the axis; same rate
// Params   length      samples the polynomial is fitted to, odd, 1 to 10001, 11
//          degree      of the polynomial, 0 to 20 and below length; 3
//          derivative  0 to degree; 0
//          on_gap      of a waveform: reset (zeros in front) or hold (as if nothing were missing); reset
// Latency  waveform: group delay (length - 1) / 2 samples; a record is smoothed on the spot
// Cost     length multiply-adds a sample
// Errors   kInvalid: none of these kinds; an even length; degree or derivative too high; a record shorter
//          than length
// Numerics records in float64, rounded to float32 once, their ends by the polynomial of the first and
//          last length samples; waveforms as fir; NaN reaches the outputs whose taps meet it
// Source   Savitzky and Golay, Analytical Chemistry 36 (1964) 1627
// Checked  tests/dsp/savitzky_golay_test.cpp, closed form; tests/validation, scipy.signal.savgol_filter
#include <fmt/format.h>

#include "dsp/math/smoothing.h"
#include "dsp/smoothing_block.h"

namespace acq {
namespace {

class SavitzkyGolayBlock final : public SmoothingBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    const auto fits = need_kind(in, "savitzky_golay", {Kind::kWaveform, Kind::kIq, Kind::kRecord});
    if (!fits) return tl::unexpected(fits.error());
    const bool is_running = is_continuous(in.kind);
    double step = 1 / in.rate_hz.value();
    if (!is_running) {
      const auto of_axis = axis_step(in, "savitzky_golay");
      if (!of_axis) return tl::unexpected(of_axis.error());
      step = *of_axis;
    }
    const auto derivative = static_cast<std::size_t>(params.integer("derivative"));
    auto fit =
        SavitzkyGolay::make(static_cast<std::size_t>(params.integer("length")),
                            static_cast<std::size_t>(params.integer("degree")), derivative, step);
    if (!fit) return tl::unexpected(fit.error());
    fit_ = std::move(*fit);
    if (!is_running && fit_.length() > in.max_count) {
      return fail(Code::kInvalid,
                  fmt::format("a record of {} is shorter than the length of {}", in.max_count,
                              fit_.length()),
                  "length", fmt::format("an odd number up to {}", in.max_count));
    }
    set_up(in, in.max_count);
    SignalInfo out = in;
    out.results = {};
    for (Channel& channel : out.channels) {
      for (std::size_t i = 0; i < derivative; ++i) {
        channel.unit = quotient_unit(channel.unit, is_running ? "s" : in.axis.unit);
        channel.quantity.clear();
        channel.range_min = channel.range_max = 0;
      }
    }
    if (is_running) {
      const std::vector<double> taps(fit_.taps().rbegin(), fit_.taps().rend());
      filter(in, params, taps);
      add_delay(out, static_cast<double>(fit_.length() / 2));
    }
    return out;
  }

 private:
  void compute(std::span<const double> x, std::span<double> y) noexcept override { fit_.run(x, y); }

  SavitzkyGolay fit_;
};

constexpr ParamSpec kParams[] = {
    {.name = "length",
     .type = ParamType::kInteger,
     .unit = "samples",
     .min = 1,
     .max = 10001,
     .fallback = "11",
     .text = "samples the polynomial is fitted to; odd"},
    {.name = "degree",
     .type = ParamType::kInteger,
     .min = 0,
     .max = 20,
     .fallback = "3",
     .text = "of the polynomial; below length"},
    {.name = "derivative",
     .type = ParamType::kInteger,
     .min = 0,
     .max = 20,
     .fallback = "0",
     .text = "which derivative of the polynomial is put out; up to degree"},
    kOnGapParam,
};

}  // namespace

extern const BlockEntry block_savitzky_golay;
const BlockEntry block_savitzky_golay{
    .name = "savitzky_golay",
    .summary = "smooths, or differentiates, by a polynomial fitted about each sample",
    .params = kParams,
    .latency = "group delay (length - 1) / 2 samples",
    .cost = "length multiply-adds",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<SavitzkyGolayBlock>(); },
    .example = [] { return Table{{"length", 15.0}, {"degree", 3.0}}; },
};

}  // namespace acq
