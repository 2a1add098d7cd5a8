// derivative: change per second, or per unit of the x axis, by central differences.
//
// In       (channels, values) float32, any unit u; waveform, or record or spectrum with a linear axis
// Out      the same shape, rate and x axis; u/s, or u per unit of the axis
// Params   on_gap  of a waveform: reset (start anew) or hold (as if nothing were missing); reset
// Latency  waveform: 1 sample, for the sample after is needed; else 0
// Cost     1 subtraction, 1 multiplication in float64
// Errors   kInvalid: neither of these kinds, an axis that is not linear
// Numerics float64, rounded to float32 once; a record is numpy.gradient: first-order differences at
//          its ends. A waveform is the same one sample later: its first output is 0, the second the
//          first-order difference; NaN reaches two outputs
// Source   Abramowitz and Stegun, 25.3.21
// Checked  tests/dsp/derivative_test.cpp, closed form; tests/validation, numpy.gradient
#include <array>

#include "dsp/filtering.h"
#include "dsp/framing.h"
#include "dsp/math/calculus.h"
#include "dsp/records.h"

namespace acq {
namespace {

class Derivative final : public RecordBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    const auto fits =
        need_kind(in, "derivative", {Kind::kWaveform, Kind::kIq, Kind::kRecord, Kind::kSpectrum});
    if (!fits) return tl::unexpected(fits.error());
    resets_ = params.text("on_gap") == "reset";
    is_running_ = is_continuous(in.kind);
    SignalInfo out = in;
    std::string axis_unit = "s";
    step_ = 1 / in.rate_hz.value();
    if (is_running_) {
      add_delay(out, 1);
    } else {
      const auto step = axis_step(in, "derivative");
      if (!step) return tl::unexpected(step.error());
      step_ = *step;
      axis_unit = in.axis.unit;
    }
    set_up(in, in.max_count);
    out.results = {};
    for (Channel& channel : out.channels) {
      channel.unit = quotient_unit(channel.unit, axis_unit);
      channel.quantity.clear();
      channel.range_min = channel.range_max = 0;
    }
    return out;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    if (!is_running_) return RecordBlock::process(in, out);
    if (!continuity_.follows(in) && resets_) seen_ = 0;
    for (std::size_t c = 0; c < in.channels; ++c) run(c, in.planes[c], in.count, plane(c));
    seen_ = std::min<std::size_t>(2, seen_ + in.count);
    lend(out);
    out.triggers = {};  // their levels were those of the signal
    return Yield::kLast;
  }

  void adopt(Block& before) noexcept override {
    const auto& other = static_cast<Derivative&>(before);
    if (!is_running_ || !other.is_running_) return;
    continuity_ = other.continuity_;
    seen_ = other.seen_;
    before_ = other.before_;
  }

 private:
  struct Two {
    double older = 0;
    double newer = 0;
  };

  void compute(std::span<const double> x, std::span<double> y) noexcept override {
    derivative(x, step_, y);
  }

  void run(std::size_t channel, const float* x, std::size_t count, float* y) noexcept {
    Two last = before_[channel];
    for (std::size_t i = 0; i < count; ++i) {
      const auto value = static_cast<double>(x[i]);
      const std::size_t seen = seen_ + i;
      const double slope = seen >= 2   ? (value - last.older) / (2 * step_)
                           : seen == 1 ? (value - last.newer) / step_
                                       : 0;
      y[i] = static_cast<float>(slope);
      last = {last.newer, value};
    }
    before_[channel] = last;
  }

  double step_ = 1;
  bool is_running_ = false;
  bool resets_ = true;
  Continuity continuity_;
  std::size_t seen_ = 0;  // samples since the start, up to 2
  std::array<Two, kMaxChannels> before_{};
};

constexpr ParamSpec kParams[] = {
    kOnGapParam,
};

}  // namespace

extern const BlockEntry block_derivative;
const BlockEntry block_derivative{
    .name = "derivative",
    .summary = "change per second, or per unit of the x axis, by central differences",
    .params = kParams,
    .latency = "1 sample",
    .cost = "2 float64 operations",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Derivative>(); },
    .example = [] { return Table{}; },
};

}  // namespace acq
