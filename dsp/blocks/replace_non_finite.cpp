// replace_non_finite: puts numbers in the place of samples that are NaN or infinite.
//
// In       (channels, values) float32, any unit; waveform, I/Q, record or spectrum
// Out      the same shape, unit, rate and x axis
// Params   what      all, nan or infinite; all
//          method    zero; constant; hold (the last sample that was kept; of a record or spectrum, in
//                    it); linear (between the kept neighbours, the nearest one at the ends; records
//                    and spectra only); zero
//          constant  of method constant, and for hold and linear where there is no sample to keep;
//                    -1e30 to 1e30 in the signal's unit, 0
//          on_gap    of hold in a waveform: reset (nothing is held over a gap) or hold; reset
// Latency  0 samples
// Cost     1 comparison a sample
// Errors   kInvalid: linear of a waveform, which would have to wait; constant together with zero
// Numerics exact; linear in float64, rounded once
// Gaps     as on_gap says
// Source   own derivation
// Checked  tests/dsp/replace_non_finite_test.cpp, closed form; tests/validation, numpy
#include <algorithm>
#include <array>

#include "dsp/filtering.h"
#include "dsp/framing.h"
#include "dsp/math/replace.h"
#include "dsp/pointwise.h"

namespace acq {
namespace {

constexpr std::string_view kMethods[] = {"zero", "constant", "hold", "linear"};

// Pointwise when it puts a constant.
class ReplaceNonFinite final : public PointwiseBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    const auto fits = need_kind(in, "replace_non_finite",
                                {Kind::kWaveform, Kind::kIq, Kind::kRecord, Kind::kSpectrum});
    if (!fits) return tl::unexpected(fits.error());
    const std::string& method = params.text("method");
    if (method == "zero" && params.has("constant")) {
      return fail(Code::kInvalid, "constant has no meaning together with method zero", "constant",
                  "method constant, hold or linear");
    }
    if (method == "linear" && is_continuous(in.kind)) {
      return fail(Code::kInvalid, "method linear would have to wait for the next good sample",
                  "method", "zero, constant or hold for a waveform; segment it for linear");
    }
    what_ = static_cast<Replaced>(
        std::find(std::begin(kReplacedNames), std::end(kReplacedNames), params.text("what")) -
        kReplacedNames);
    by_ = method == "hold"     ? Replacement::kHold
          : method == "linear" ? Replacement::kLinear
                               : Replacement::kConstant;
    holds_over_ = by_ == Replacement::kHold && is_continuous(in.kind);
    resets_ = params.text("on_gap") == "reset";
    for (std::size_t c = 0; c < in.channels.size(); ++c) {
      auto constant = params.has("constant") ? params.number_in("constant", in.channels[c].unit)
                                             : Result<double>(0.0);
      if (!constant) return tl::unexpected(constant.error());
      constant_[c] = last_[c] = *constant;
      point_constants_[c] = {what_, *constant};
      ops_[c] = {.call = put_constant, .what = &point_constants_[c]};
    }
    return in;
  }

  [[nodiscard]] PointwiseBlock* pointwise() noexcept override {
    return by_ == Replacement::kConstant ? this : nullptr;
  }
  [[nodiscard]] std::span<const PointOp> ops(std::size_t channel) const noexcept override {
    return {&ops_[channel], 1};
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    if (by_ == Replacement::kConstant) return PointwiseBlock::process(in, out);
    if (!continuity_.follows(in) && resets_) last_ = constant_;
    for (std::size_t c = 0; c < in.channels; ++c) {
      const std::span<float> y(out.planes[c], out.count);
      replace_non_finite(y, what_, by_, holds_over_ ? last_[c] : constant_[c], y);
      if (holds_over_ && !y.empty()) last_[c] = static_cast<double>(y.back());
    }
    return Yield::kLast;
  }

  void adopt(Block& before) noexcept override {
    const auto& other = static_cast<ReplaceNonFinite&>(before);
    continuity_ = other.continuity_;
    if (holds_over_ && other.holds_over_) last_ = other.last_;
  }

 private:
  struct PointConstant {
    Replaced what = Replaced::kAll;
    double value = 0;
  };

  static void put_constant(const void* with, float* x, std::size_t count) noexcept {
    const auto& [what, value] = *static_cast<const PointConstant*>(with);
    replace_non_finite({x, count}, what, Replacement::kConstant, value, {x, count});
  }

  Replaced what_ = Replaced::kAll;
  Replacement by_ = Replacement::kConstant;
  bool holds_over_ = false;  // from one chunk to the next
  bool resets_ = true;
  Continuity continuity_;
  std::array<double, kMaxChannels> constant_{};
  std::array<double, kMaxChannels> last_{};
  std::array<PointConstant, kMaxChannels> point_constants_;
  std::array<PointOp, kMaxChannels> ops_;
};

constexpr ParamSpec kParams[] = {
    {.name = "what",
     .type = ParamType::kChoice,
     .fallback = "all",
     .text = "which samples are replaced",
     .choices = kReplacedNames},
    {.name = "method",
     .type = ParamType::kChoice,
     .fallback = "zero",
     .text = "what takes their place",
     .choices = kMethods},
    {.name = "constant",
     .min = -1e30,
     .max = 1e30,
     .text = "in their place, or where there is no sample to keep; 0 when not given",
     .in_signal_unit = true},
    kOnGapParam,
};

}  // namespace

extern const BlockEntry block_replace_non_finite;
const BlockEntry block_replace_non_finite{
    .name = "replace_non_finite",
    .summary = "puts numbers in the place of samples that are NaN or infinite",
    .params = kParams,
    .in_place = true,
    .cost = "1 comparison",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<ReplaceNonFinite>(); },
    .example = [] { return Table{{"method", "hold"}}; },
};

}  // namespace acq
