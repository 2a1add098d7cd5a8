// peaks: position and height of the largest peaks of a spectrum or record.
//
// In       (channels, values) float32, any unit u, any x axis; spectrum or record
// Out      2 results for each channel and peak, the highest peak first: peak1_x in the unit of the
//          x axis, peak1_height in u, peak2_x ...
// Params   count          peaks told, 1 to 64, 3
//          height         u, least height, none
//          threshold      u, least height above both neighbours, 0 or more, none
//          distance       values, least distance to any higher peak, 1 or more, 1
//          prominence     u, least prominence, 0 or more, none
//          interpolation  none, parabola (through the top three values) or gaussian (parabola
//                         through their logarithms); parabola
// Latency  0 samples
// Cost     2 comparisons a value; with prominence 2 more passes; with distance a sort of the peaks
// Errors   kInvalid: neither spectrum nor record, more than 256 results in all
// Numerics heights compared in float32, positions in float64; for a sine between two bins of a Hann
//          amplitude spectrum the position is off by up to 0.053 bins with parabola and 0.016 with
//          gaussian, the height by up to 6.6 and 3.8 %; a missing peak is an invalid result, as is
//          every peak of a channel with a value that is not finite; the first and the last value
//          are no peaks
// Gaps     none of its own: each input is whole; a gap before it is passed on
// Source   rules as in scipy.signal.find_peaks; interpolation: J. O. Smith, Spectral Audio Signal
//          Processing, "Quadratic interpolation of spectral peaks"; M. Gasior, J. L. Gonzalez, CERN
//          AB-Note-2004-021 (Gaussian)
// Checked  tests/dsp/peaks_test.cpp, closed form; tests/validation, scipy.signal.find_peaks
#include "dsp/math/peaks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dsp/base/frame.h"
#include "dsp/framing.h"
#include "dsp/math/minmax.h"

namespace acq {
namespace {

constexpr std::size_t kMostPeaks = 64;

enum class Interpolation : std::uint8_t { kNone, kParabola, kGaussian };

class Peaks final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "peaks", {Kind::kSpectrum, Kind::kRecord}); !fits) {
      return tl::unexpected(fits.error());
    }
    count_ = static_cast<std::size_t>(params.integer("count"));
    if (in.channels.size() * count_ * 2 > kMaxResults) {
      return fail(
          Code::kInvalid,
          fmt::format("{} peaks of {} channels are too many results", count_, in.channels.size()),
          "count", fmt::format("1 to {}", kMaxResults / 2 / in.channels.size()));
    }
    if (params.has("height")) rules_.height = params.number("height");
    if (params.has("threshold")) rules_.threshold = params.number("threshold");
    if (params.has("prominence")) rules_.prominence = params.number("prominence");
    rules_.distance = static_cast<std::size_t>(params.integer("distance"));
    const std::string& how = params.text("interpolation");
    interpolation_ = how == "none"       ? Interpolation::kNone
                     : how == "parabola" ? Interpolation::kParabola
                                         : Interpolation::kGaussian;
    axis_ = in.axis;
    finder_ = PeakFinder(in.max_count);
    largest_.resize(in.max_count / 2 + 1);
    results_.resize(in.channels.size() * count_ * 2);

    SignalInfo out = in;
    out.kind = Kind::kScalars;
    out.max_count = 0;
    out.results.clear();
    for (std::size_t i = 1; i <= count_; ++i) {
      out.results.push_back({fmt::format("peak{}_x", i), in.axis.unit});
      out.results.push_back({fmt::format("peak{}_height", i), common_unit(in)});
    }
    return out;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    const double start = in.axis_start != 0 ? in.axis_start : axis_.start;
    for (std::size_t c = 0; c < in.channels; ++c) {
      look_at({in.planes[c], in.count}, start, results_.data() + c * count_ * 2);
    }
    out.count = 0;
    out.triggers = {};
    out.results = results_;
    return Yield::kLast;
  }

 private:
  void look_at(std::span<const float> x, double start, ScalarResult* results) noexcept {
    const MinMax range = minmax_of(x.data(), x.size());
    const bool is_finite = std::isfinite(range.min) && std::isfinite(range.max);
    std::size_t found = 0;
    if (is_finite) {
      const std::span<const Peak> peaks = finder_.find(x, rules_);
      found = std::min(count_, peaks.size());
      std::partial_sort_copy(
          peaks.begin(), peaks.end(), largest_.begin(),
          largest_.begin() + static_cast<std::ptrdiff_t>(found), [](const Peak& a, const Peak& b) {
            return a.height != b.height ? a.height > b.height : a.index < b.index;
          });
    }
    for (std::size_t i = 0; i < count_; ++i, results += 2) {
      if (i < found) {
        const PeakTop top = top_of(x, largest_[i]);
        results[0] = {x_of(top.position, start), kUnknown, ""};
        results[1] = {top.height, kUnknown, ""};
      } else {
        const char* reason = is_finite ? "there are fewer peaks" : "a value is not finite";
        results[0] = results[1] = {kUnknown, kUnknown, reason};
      }
    }
  }

  [[nodiscard]] PeakTop top_of(std::span<const float> x, const Peak& peak) const noexcept {
    switch (interpolation_) {
      case Interpolation::kNone: break;
      case Interpolation::kParabola: return parabola_top(x, peak);
      case Interpolation::kGaussian: return gaussian_top(x, peak);
    }
    return {static_cast<double>(peak.index), static_cast<double>(peak.height)};
  }

  [[nodiscard]] double x_of(double position, double start) const noexcept {
    return axis_.rule == AxisRule::kLinear ? start + position * axis_.step
                                           : start * std::pow(axis_.step, position);
  }

  std::size_t count_ = 1;
  PeakRules rules_;
  Interpolation interpolation_ = Interpolation::kParabola;
  Axis axis_;
  PeakFinder finder_;
  std::vector<Peak> largest_;
  std::vector<ScalarResult> results_;
};

constexpr std::string_view kInterpolations[] = {"none", "parabola", "gaussian"};
constexpr ParamSpec kParams[] = {
    {.name = "count",
     .type = ParamType::kInteger,
     .min = 1,
     .max = kMostPeaks,
     .fallback = "3",
     .text = "peaks told, the highest first"},
    {.name = "height", .text = "least height, in the unit of the values; none when not given"},
    {.name = "threshold",
     .min = 0,
     .text = "least height above both neighbours; none when not given"},
    {.name = "distance",
     .type = ParamType::kInteger,
     .unit = "samples",
     .min = 1,
     .max = 1 << 24,
     .fallback = "1",
     .text = "least distance to any higher peak, in values"},
    {.name = "prominence", .min = 0, .text = "least prominence; none when not given"},
    {.name = "interpolation",
     .type = ParamType::kChoice,
     .fallback = "parabola",
     .text = "how the top is found between the values",
     .choices = kInterpolations},
};

}  // namespace

extern const BlockEntry block_peaks;
const BlockEntry block_peaks{
    .name = "peaks",
    .summary = "position and height of the largest peaks",
    .params = kParams,
    .cost = "3 comparisons a value",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Peaks>(); },
    .example = [] { return Table{{"count", 3.0}, {"distance", 4.0}}; },
    .input = Kind::kSpectrum,
};

}  // namespace acq
