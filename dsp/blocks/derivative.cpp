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
#include "dsp/math/calculus.h"

#include <algorithm>
#include <array>

#include "dsp/calculus_block.h"

namespace acq {
namespace {

class Derivative final : public CalculusBlock {
 public:
  Derivative() : CalculusBlock("derivative", quotient_unit, 1) {}

 private:
  struct Two {
    double older = 0;
    double newer = 0;
  };

  void compute(std::span<const double> x, std::span<double> y) noexcept override {
    derivative(x, step(), y);
  }

  void forget() noexcept override { seen_ = 0; }

  void run(std::size_t channel, const float* x, std::size_t count, float* y) noexcept override {
    Two last = before_[channel];
    for (std::size_t i = 0; i < count; ++i) {
      const auto value = static_cast<double>(x[i]);
      const std::size_t seen = seen_ + i;
      const double slope = seen >= 2   ? (value - last.older) / (2 * step())
                           : seen == 1 ? (value - last.newer) / step()
                                       : 0;
      y[i] = static_cast<float>(slope);
      last = {last.newer, value};
    }
    before_[channel] = last;
  }

  void pass(std::size_t count) noexcept override {
    seen_ = std::min<std::size_t>(2, seen_ + count);
  }

  void take(const CalculusBlock& before) noexcept override {
    const auto& other = static_cast<const Derivative&>(before);
    seen_ = other.seen_;
    before_ = other.before_;
  }

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
