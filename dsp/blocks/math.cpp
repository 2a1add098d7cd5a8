// math: arithmetic of two or more signals, sample by sample.
//
// In       (inputs * channels, values) float32; waveform, record or spectrum without results; the
//          first part of the channels is A, the next B ...: what a pipeline of several inputs joins
// Out      (channels, values) float32, same rate; channel i is made of channel i of each input
// Params   op      add, subtract, multiply, quadratic_difference ((A - B) / sqrt 2), divide,
//                  abs_difference, ratio_db (20 log10 |A/B|), minimum, maximum or mean, no default
//          inputs  number of inputs, 2 to 32 (differences, divide, ratio_db: 2), 2
// Latency  0 samples
// Cost     1 operation a sample for each input behind the first; ratio_db 15
// Errors   kInvalid: channels that do not divide into the inputs; channels with different units
//          where they must agree (all but multiply and divide); results before it
// Numerics float32, from left to right; x/0 is infinite, 0/0 NaN; NaN in one input gives NaN in
//          that channel and sample
// Source   units as UCUM writes them: V.A, V/A, V2
// Checked  tests/dsp/math_test.cpp, closed form; tests/validation, numpy
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numbers>
#include <tuple>
#include <utility>
#include <vector>

#include "dsp/framing.h"
#include "dsp/math/elementwise.h"

namespace acq {
namespace {

struct Operation {
  std::string_view name;
  std::string_view sign;  // in the label of the channel
  Combine combine;
  bool needs_same_unit = true;
  bool has_two_inputs = false;
  double factor = 1;  // of the result
};

constexpr Operation kOperations[] = {
    {"add", "+", Combine::kAdd},
    {"subtract", "-", Combine::kSubtract, true, true},
    {"multiply", "*", Combine::kMultiply, false},
    {"quadratic_difference", "-", Combine::kSubtract, true, true, std::numbers::sqrt2 / 2},
    {"divide", "/", Combine::kDivide, false, true},
    {"abs_difference", "|-|", Combine::kAbsDifference, true, true},
    {"ratio_db", "dB", Combine::kRatioDb, true, true},
    {"minimum", "min", Combine::kMinimum},
    {"maximum", "max", Combine::kMaximum},
    {"mean", "mean", Combine::kAdd},
};

// Joins what is known about channel `b` to `a`, which becomes the channel of the result.
void join_channels(const Operation& op, const Channel& b, Channel& a) {
  const std::pair range_a(a.range_min, a.range_max), range_b(b.range_min, b.range_max);
  a.label = fmt::format("{} {} {}", a.label.empty() ? a.id : a.label, op.sign,
                        b.label.empty() ? b.id : b.label);
  a.range_min = a.range_max = 0;  // unknown, unless said below
  if (a.calibration != b.calibration) a.calibration = {};
  switch (op.combine) {
    case Combine::kAdd:
      a.range_min = range_a.first + range_b.first;
      a.range_max = range_a.second + range_b.second;
      break;
    case Combine::kSubtract:
      a.range_min = range_a.first - range_b.second;
      a.range_max = range_a.second - range_b.first;
      break;
    case Combine::kAbsDifference:
      a.range_max = std::max({0.0, range_a.second - range_b.first, range_b.second - range_a.first});
      break;
    case Combine::kMinimum:
    case Combine::kMaximum:
      a.range_min = std::min(range_a.first, range_b.first);
      a.range_max = std::max(range_a.second, range_b.second);
      break;
    case Combine::kMultiply: {
      const auto corners = {range_a.first * range_b.first, range_a.first * range_b.second,
                            range_a.second * range_b.first, range_a.second * range_b.second};
      std::tie(a.range_min, a.range_max) = std::minmax(corners);
      a.unit = product_unit(a.unit, b.unit);
      a.quantity.clear();
      break;
    }
    case Combine::kDivide:
      a.unit = quotient_unit(a.unit, b.unit);
      a.quantity.clear();
      a.calibration = {};  // of two, or one that cancels
      break;
    case Combine::kRatioDb:
      a.unit = "dB";
      a.quantity.clear();
      a.calibration = {};
      break;
  }
}

class Math final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    const auto fits = need_kind(in, "math", {Kind::kWaveform, Kind::kRecord, Kind::kSpectrum});
    if (!fits) return tl::unexpected(fits.error());
    const auto* const op =
        std::find_if(std::begin(kOperations), std::end(kOperations),
                     [&](const Operation& o) { return o.name == params.text("op"); });
    op_ = *op;
    inputs_ = static_cast<std::size_t>(params.integer("inputs"));
    if (const auto good = check(in); !good) return tl::unexpected(good.error());
    channels_ = in.channels.size() / inputs_;
    SignalInfo out = in;
    out.channels.resize(channels_);
    for (std::size_t c = 0; c < channels_; ++c) {
      for (std::size_t i = 1; i < inputs_; ++i) {
        const Channel& other = in.channels[i * channels_ + c];
        if (op_.needs_same_unit && other.unit != in.channels[c].unit) {
          return fail(Code::kInvalid,
                      fmt::format("{} of channel {} in {} and channel {} in {}", op_.name,
                                  in.channels[c].id, in.channels[c].unit, other.id, other.unit),
                      "op", "channels of the same unit");
        }
        join_channels(op_, other, out.channels[c]);
      }
      out.channels[c].range_min *= factor();
      out.channels[c].range_max *= factor();
    }
    return out;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    for (std::size_t c = 0; c < channels_; ++c) {
      for (std::size_t i = 1; i < inputs_; ++i) {
        combine(op_.combine, out.planes[c], in.planes[i * channels_ + c], out.planes[c], in.count);
      }
      if (factor() != 1) {
        scale_and_offset(out.planes[c], in.count, static_cast<float>(factor()), 0);
      }
    }
    out.channels = static_cast<std::uint32_t>(channels_);
    join_ranges(in, out);
    for (std::size_t i = 0; i < in.triggers.size(); ++i) {
      triggers_[i] = in.triggers[i];
      triggers_[i].channel %= static_cast<std::uint32_t>(channels_);
    }
    out.triggers = {triggers_.data(), in.triggers.size()};
    return Yield::kLast;
  }

 private:
  [[nodiscard]] double factor() const noexcept {
    return op_.name == "mean" ? 1 / static_cast<double>(inputs_) : op_.factor;
  }

  Result<void> check(const SignalInfo& in) const {
    if (!in.results.empty()) {
      return fail(Code::kInvalid, "math works on samples, before anything is measured", {},
                  "an input without results");
    }
    if (op_.has_two_inputs && inputs_ != 2) {
      return fail(Code::kInvalid, fmt::format("{} has two inputs, not {}", op_.name, inputs_),
                  "inputs", "2");
    }
    if (in.channels.size() < inputs_ || in.channels.size() % inputs_ != 0) {
      return fail(
          Code::kInvalid,
          fmt::format("{} channels do not divide into {} inputs", in.channels.size(), inputs_),
          "inputs", "a number that divides the channels");
    }
    return {};
  }

  // An over-range sample of any input makes the result one: on the side where it is known, else on
  // both.
  void join_ranges(const Chunk& in, Chunk& out) const noexcept {
    const std::uint64_t mask =
        channels_ < 64 ? (std::uint64_t{1} << channels_) - 1 : ~std::uint64_t{0};
    std::uint64_t low = in.overrange_low & mask;
    std::uint64_t high = in.overrange_high & mask;
    for (std::size_t i = 1; i < inputs_; ++i) {
      const std::uint64_t other_low = in.overrange_low >> i * channels_ & mask;
      const std::uint64_t other_high = in.overrange_high >> i * channels_ & mask;
      low |= op_.combine == Combine::kSubtract ? other_high : other_low;
      high |= op_.combine == Combine::kSubtract ? other_low : other_high;
    }
    const bool keeps_sides = op_.combine == Combine::kAdd || op_.combine == Combine::kSubtract ||
                             op_.combine == Combine::kMinimum || op_.combine == Combine::kMaximum;
    out.overrange_low = keeps_sides ? low : low | high;
    out.overrange_high = keeps_sides ? high : low | high;
  }

  Operation op_ = kOperations[0];
  std::size_t inputs_ = 2;
  std::size_t channels_ = 0;  // of the output
  std::array<TriggerMark, kMaxTriggers> triggers_;
};

constexpr auto kNames = [] {
  std::array<std::string_view, std::size(kOperations)> names;
  std::transform(std::begin(kOperations), std::end(kOperations), names.begin(),
                 [](const Operation& op) { return op.name; });
  return names;
}();
constexpr ParamSpec kParams[] = {
    {.name = "op",
     .type = ParamType::kChoice,
     .required = true,
     .text = "what is done with the inputs",
     .choices = kNames},
    {.name = "inputs",
     .type = ParamType::kInteger,
     .min = 2,
     .max = 32,
     .fallback = "2",
     .text = "parts of equal size that the channels are divided into"},
};

}  // namespace

extern const BlockEntry block_math;
const BlockEntry block_math{
    .name = "math",
    .summary = "arithmetic of two or more signals, sample by sample",
    .params = kParams,
    .in_place = true,
    .cost = "1 operation for each input behind the first",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Math>(); },
    .example = [] { return Table{{"op", "subtract"}}; },
    .min_channels = 2,
};

}  // namespace acq
