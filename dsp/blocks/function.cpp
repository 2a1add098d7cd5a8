// function: an elementary function of every sample: abs, sqrt, log10, exp, inverse or power.
//
// In       (channels, values) float32, any unit u; waveform, I/Q, record or spectrum without results
// Out      the same shape, rate and x axis; u for abs, 1/u for inverse, u2, u3 ... for whole powers
//          above 0, else 1 unless `unit` says more
// Params   op          abs, sqrt, log10, exp, inverse or power, no default
//          exponent    of power, -100 to 100, 2
//          unit        the new unit, as above
//          definition  standard (IEEE 754) or datalab (what inverse makes infinite is NaN); standard
// Latency  0 samples
// Cost     1 float64 operation (abs, sqrt, inverse), about 15 (log10, exp), 60 (power but 2)
// Errors   kInvalid: results before it; exponent together with another op
// Numerics computed in float64, rounded to float32 once; sqrt and log10 of negative samples are NaN,
//          log10(0) is -infinity, 1/0 infinite; NaN stays in its sample. The level of a trigger mark
//          is mapped too, and its slope turned where the function falls
// Source   ISO C 7.12
// Checked  tests/dsp/function_test.cpp, closed form; tests/validation, numpy
#include "dsp/math/function.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "dsp/framing.h"
#include "dsp/pointwise.h"

namespace acq {
namespace {

class FunctionBlock final : public PointwiseBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    const auto fits =
        need_kind(in, "function", {Kind::kWaveform, Kind::kIq, Kind::kRecord, Kind::kSpectrum});
    if (!fits) return tl::unexpected(fits.error());
    if (!in.results.empty()) {
      return fail(Code::kInvalid, "function works on samples, before anything is measured", {},
                  "an input without results");
    }
    const std::string& op = params.text("op");
    op_ = static_cast<Function>(
        std::find(std::begin(kFunctionNames), std::end(kFunctionNames), op) - kFunctionNames);
    if (op_ != Function::kPower && params.has("exponent")) {
      return fail(Code::kInvalid, fmt::format("{} has no exponent", op), "exponent", "op power");
    }
    exponent_ = params.has("exponent") ? params.number("exponent") : 2;
    is_finite_ = params.text("definition") == "datalab" && op_ == Function::kInverse;
    point_op_ = {.call = apply_to, .what = this, .cost = cost()};
    SignalInfo out = in;
    for (Channel& channel : out.channels) {
      if (op_ != Function::kAbs) channel.quantity.clear();
      channel.range_min = channel.range_max = 0;
      const std::string made = unit_of(channel.unit);
      if (made == "1" && (channel.unit != "1" || !keeps_scale())) channel.calibration = {};
      channel.unit = params.has("unit") ? params.text("unit") : made;
    }
    return out;
  }

  [[nodiscard]] std::span<const PointOp> ops(std::size_t /*channel*/) const noexcept override {
    return {&point_op_, 1};
  }

  void describe(ChunkFacts& facts) noexcept override {
    for (std::size_t i = 0; i < facts.triggers.size(); ++i) {
      marks_[i] = facts.triggers[i];
      if (falls_at(marks_[i].level)) marks_[i].is_rising = !marks_[i].is_rising;
      apply_function(op_, exponent_, {&marks_[i].level, 1}, {&marks_[i].level, 1});
    }
    facts.triggers = {marks_.data(), facts.triggers.size()};
  }

 private:
  static void apply_to(const void* what, float* x, std::size_t count) noexcept {
    const auto& self = *static_cast<const FunctionBlock*>(what);
    apply_function(self.op_, self.exponent_, x, count);
    if (!self.is_finite_) return;
    std::replace_if(x, x + count, [](float y) { return std::isinf(y); }, std::nanf(""));
  }

  // Against a multiply-add, as measured.
  [[nodiscard]] float cost() const noexcept {
    switch (op_) {
      case Function::kLog10:
      case Function::kExp: return 15;
      case Function::kPower: return exponent_ == 2 ? 2 : 60;
      default: return 2;
    }
  }

  // Whether what a dimensionless value is traced to tells something of the result.
  [[nodiscard]] bool keeps_scale() const noexcept {
    return op_ == Function::kAbs || op_ == Function::kInverse || op_ == Function::kPower;
  }

  [[nodiscard]] std::string unit_of(const std::string& unit) const {
    switch (op_) {
      case Function::kAbs: return unit;
      case Function::kInverse: return unit == "1" ? unit : "1/" + unit;
      case Function::kPower: {
        if (exponent_ == 2) return squared_unit(unit);
        const bool is_whole =
            exponent_ >= 1 && exponent_ <= 9 && exponent_ == std::floor(exponent_);
        if (!is_whole || unit == "1") return "1";
        return exponent_ == 1 ? unit : fmt::format("({}){}", unit, exponent_);
      }
      default: return "1";
    }
  }

  [[nodiscard]] bool falls_at(double level) const noexcept {
    switch (op_) {
      case Function::kAbs: return level < 0;
      case Function::kInverse: return true;
      case Function::kPower: {
        const bool is_odd = std::abs(std::fmod(exponent_, 2)) == 1;
        return (exponent_ < 0) != (level < 0 && !is_odd);
      }
      default: return false;
    }
  }

  Function op_ = Function::kAbs;
  double exponent_ = 2;
  bool is_finite_ = false;  // infinities become NaN
  PointOp point_op_;
  std::array<TriggerMark, kMaxTriggers> marks_;
};

constexpr std::string_view kDefinitions[] = {"standard", "datalab"};
constexpr ParamSpec kParams[] = {
    {.name = "op",
     .type = ParamType::kChoice,
     .required = true,
     .text = "the function",
     .choices = kFunctionNames},
    {.name = "exponent", .min = -100, .max = 100, .text = "of power; 2 when not given"},
    {.name = "unit",
     .type = ParamType::kText,
     .text = "new unit; made of the old one if it can be"},
    {.name = "definition",
     .type = ParamType::kChoice,
     .fallback = "standard",
     .text = "IEEE 754, or as DataLab: what inverse makes infinite is NaN",
     .choices = kDefinitions},
};

}  // namespace

extern const BlockEntry block_function;
const BlockEntry block_function{
    .name = "function",
    .summary = "abs, sqrt, log10, exp, inverse or power of every sample",
    .params = kParams,
    .in_place = true,
    .cost = "1 to 60 float64 operations",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<FunctionBlock>(); },
    .example = [] { return Table{{"op", "exp"}}; },
};

}  // namespace acq
