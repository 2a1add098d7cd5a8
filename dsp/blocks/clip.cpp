// clip: limits every sample to a range.
//
// In       (channels, values) float32, any unit; waveform, I/Q, record or spectrum without results
// Out      the same shape, unit, rate and x axis
// Params   lower, upper  the range, in the signal's unit, each of them open when not given
// Latency  0 samples
// Cost     2 comparisons a sample
// Errors   kInvalid: neither limit, or lower above upper; a unit that does not fit; results before it
// Numerics exact; NaN stays; infinities are limited as any other sample
// Source   numpy.clip
// Checked  tests/dsp/clip_test.cpp, closed form; tests/validation, numpy
#include <fmt/format.h>

#include <limits>
#include <vector>

#include "dsp/framing.h"
#include "dsp/math/function.h"
#include "dsp/pointwise.h"

namespace acq {
namespace {

class Clip final : public PointwiseBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    const auto fits =
        need_kind(in, "clip", {Kind::kWaveform, Kind::kIq, Kind::kRecord, Kind::kSpectrum});
    if (!fits) return tl::unexpected(fits.error());
    if (!in.results.empty()) {
      return fail(Code::kInvalid, "clip works on samples, before anything is measured", {},
                  "an input without results");
    }
    if (!params.has("lower") && !params.has("upper")) {
      return fail(Code::kInvalid, "neither lower nor upper is given", "lower",
                  "one of them or both");
    }
    SignalInfo out = in;
    for (Channel& channel : out.channels) {
      constexpr double kInfinity = std::numeric_limits<double>::infinity();
      const auto lower = limit(params, "lower", channel.unit, -kInfinity);
      if (!lower) return tl::unexpected(lower.error());
      const auto upper = limit(params, "upper", channel.unit, kInfinity);
      if (!upper) return tl::unexpected(upper.error());
      if (!(*lower <= *upper)) {
        return fail(Code::kInvalid, fmt::format("lower is {} and upper {}", *lower, *upper),
                    "lower", "lower at or below upper");
      }
      ranges_.push_back({static_cast<float>(*lower), static_cast<float>(*upper)});
      if (channel.range_min < channel.range_max) {
        channel.range_min = std::clamp(channel.range_min, *lower, *upper);
        channel.range_max = std::clamp(channel.range_max, *lower, *upper);
      }
    }
    for (const Range& range : ranges_) ops_.push_back({.call = limit_to, .what = &range});
    return out;
  }

  [[nodiscard]] std::span<const PointOp> ops(std::size_t channel) const noexcept override {
    return {&ops_[channel], 1};
  }

 private:
  struct Range {
    float lower;
    float upper;
  };

  static void limit_to(const void* range, float* x, std::size_t count) noexcept {
    const auto& [lower, upper] = *static_cast<const Range*>(range);
    clip(x, count, lower, upper);
  }

  static Result<double> limit(const Params& params, const char* name, std::string_view unit,
                              double open) {
    if (!params.has(name)) return open;
    return params.number_in(name, unit);
  }

  std::vector<Range> ranges_;  // of each channel
  std::vector<PointOp> ops_;
};

constexpr ParamSpec kParams[] = {
    {.name = "lower",
     .min = -1e30,
     .max = 1e30,
     .text = "least value; none when not given",
     .in_signal_unit = true},
    {.name = "upper",
     .min = -1e30,
     .max = 1e30,
     .text = "largest value; none when not given",
     .in_signal_unit = true},
};

}  // namespace

extern const BlockEntry block_clip;
const BlockEntry block_clip{
    .name = "clip",
    .summary = "limits every sample to a range",
    .params = kParams,
    .in_place = true,
    .cost = "2 comparisons",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Clip>(); },
    .example = [] { return Table{{"lower", -0.5}, {"upper", 0.75}}; },
};

}  // namespace acq
