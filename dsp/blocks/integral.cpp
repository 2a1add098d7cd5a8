// integral: running integral by the trapezoidal rule.
//
// In       (channels, values) float32, any unit u; waveform, or record or spectrum with a linear axis
// Out      the same shape, rate and x axis; u.s, or u times the unit of the axis; 0 at the first
//          sample of a waveform and of each record
// Params   on_gap  of a waveform: reset (start again from 0) or hold (go on, as if none were missing);
//                  reset
// Latency  0 samples
// Cost     2 additions, 1 multiplication in float64
// Errors   kInvalid: neither of these kinds, an axis that is not linear
// Numerics float64 with compensated sums: no drift of its own over years; rounded to float32 once, so
//          that steps below 6e-8 of the integral are lost in the output, not in the sum. A sample that
//          is not finite gives NaN there and adds nothing; in a record NaN up to the end
// Source   Abramowitz and Stegun, 25.4.2; Kahan, Communications of the ACM 8 (1965) 40
// Checked  tests/dsp/integral_test.cpp, closed form; tests/validation,
//          scipy.integrate.cumulative_trapezoid
#include "dsp/math/calculus.h"

#include <array>
#include <cmath>
#include <limits>

#include "dsp/calculus_block.h"

namespace acq {
namespace {

class Integral final : public CalculusBlock {
 public:
  Integral() : CalculusBlock("integral", product_unit, 0) {}

 private:
  struct Sum {
    double value = 0;
    double lost = 0;    // by rounding, so far
    double before = 0;  // the last sample
    bool has_before = false;
  };

  void compute(std::span<const double> x, std::span<double> y) noexcept override {
    integral(x, step(), y);
  }

  void forget() noexcept override { sums_ = {}; }

  void take(const CalculusBlock& before) noexcept override {
    sums_ = static_cast<const Integral&>(before).sums_;
  }

  void run(std::size_t channel, const float* x, std::size_t count, float* y) noexcept override {
    Sum& sum = sums_[channel];
    for (std::size_t i = 0; i < count; ++i) {
      const auto value = static_cast<double>(x[i]);
      if (!std::isfinite(value)) {
        y[i] = std::numeric_limits<float>::quiet_NaN();
        sum.has_before = false;
        continue;
      }
      if (sum.has_before) {
        const double part = (sum.before + value) / 2 * step() - sum.lost;
        const double next = sum.value + part;
        sum.lost = (next - sum.value) - part;
        sum.value = next;
      }
      sum.before = value;
      sum.has_before = true;
      y[i] = static_cast<float>(sum.value);
    }
  }

  std::array<Sum, kMaxChannels> sums_{};
};

constexpr ParamSpec kParams[] = {
    kOnGapParam,
};

}  // namespace

extern const BlockEntry block_integral;
const BlockEntry block_integral{
    .name = "integral",
    .summary = "running integral by the trapezoidal rule",
    .params = kParams,
    .cost = "7 float64 operations",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Integral>(); },
    .example = [] { return Table{}; },
};

}  // namespace acq
