// peaks: position and height of the largest peaks of a spectrum or record.
//
// In       (channels, values) float32, any unit u, any x axis; spectrum or record
// Out      2 results for each channel and peak, the highest peak first: peak1_x in the unit of the
//          x axis, peak1_height in u, peak2_x ...; with `shape` 4: peak1_prominence in u and peak1_width
//          in the unit of the x axis, too
// Params   count          peaks told, 1 to 64, 3
//          height         u, least height, none
//          threshold      u, least height above both neighbours, 0 or more, none
//          distance       values, least distance to any higher peak, 1 or more, 1
//          prominence     u, least prominence, 0 or more, none
//          width          values, least width, 0 or more, none
//          depth          where the width is measured below the top, as a part of the prominence, 0 to
//                         1, 0.5
//          shape          whether prominence and width are told, false
//          interpolation  none, parabola (through the top three values) or gaussian (parabola
//                         through their logarithms); parabola
// Latency  0 samples
// Cost     2 comparisons a value; with prominence 2 more passes; with
//          width a third and a logarithm a peak; with distance a sort of the peaks
// Errors   kInvalid: neither spectrum nor record, a height in another unit, more than 256 results
//          in all
// Numerics heights compared in float32, positions in float64; for a sine between two bins of a Hann
//          amplitude spectrum the position is off by up to 0.053 bins with parabola and 0.016 with
//          gaussian, the height by up to 6.6 and 3.8 %; a missing peak is an invalid result, as is
//          every peak of a channel with a value that is not finite; the first and the last value
//          are no peaks
// Gaps     none of its own: each input is whole; a gap before it is passed on
// Source   rules as in scipy.signal.find_peaks and peak_widths; interpolation: J. O. Smith, Spectral Audio Signal
//          Processing, "Quadratic interpolation of spectral peaks"; M. Gasior, J. L. Gonzalez, CERN
//          AB-Note-2004-021 (Gaussian)
// Checked  tests/dsp/peaks_test.cpp, closed form; tests/validation, scipy.signal.find_peaks and
//          peak_widths
#include "dsp/math/peaks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dsp/base/frame.h"
#include "dsp/framing.h"
#include "dsp/math/minmax.h"
#include "dsp/math/trace.h"

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
    rules_.tells_shape = params.flag("shape");
    each_ = rules_.tells_shape ? 4 : 2;
    if (in.channels.size() * count_ * each_ > kMaxResults) {
      return fail(
          Code::kInvalid,
          fmt::format("{} peaks of {} channels are too many results", count_, in.channels.size()),
          "count", fmt::format("1 to {}", kMaxResults / each_ / in.channels.size()));
    }
    if (const auto read = read_heights(in, params); !read) return tl::unexpected(read.error());
    rules_.distance = static_cast<std::size_t>(params.integer("distance"));
    rules_.width = params.has("width") ? params.number("width") : 0;
    rules_.depth = params.number("depth");
    const std::string& how = params.text("interpolation");
    interpolation_ = how == "none"       ? Interpolation::kNone
                     : how == "parabola" ? Interpolation::kParabola
                                         : Interpolation::kGaussian;
    axis_ = in.axis;
    finder_ = PeakFinder(in.max_count);
    largest_.resize(in.max_count / 2 + 1);
    results_.resize(in.channels.size() * count_ * each_);

    SignalInfo out = in;
    out.kind = Kind::kScalars;
    out.max_count = 0;
    out.results.clear();
    for (std::size_t i = 1; i <= count_; ++i) {
      out.results.push_back({fmt::format("peak{}_x", i), in.axis.unit});
      out.results.push_back({fmt::format("peak{}_height", i), common_unit(in)});
      if (!rules_.tells_shape) continue;
      out.results.push_back({fmt::format("peak{}_prominence", i), common_unit(in)});
      out.results.push_back({fmt::format("peak{}_width", i), in.axis.unit});
    }
    return out;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    const double start = in.axis_start.value_or(axis_.start);
    for (std::size_t c = 0; c < in.channels; ++c) {
      look_at({in.planes[c], in.count}, start, results_.data() + c * count_ * each_);
    }
    out.count = 0;
    out.triggers = {};
    out.results = results_;
    return Yield::kLast;
  }

 private:
  Result<void> read_heights(const SignalInfo& in, const Params& params) {
    const std::string unit = common_unit(in);
    const std::pair<const char*, double*> rules[] = {{"height", &rules_.height},
                                                     {"threshold", &rules_.threshold},
                                                     {"prominence", &rules_.prominence}};
    for (const auto& [name, rule] : rules) {
      if (!params.has(name)) continue;
      const auto value = params.number_in(name, unit);
      if (!value) return tl::unexpected(value.error());
      *rule = *value;
    }
    return {};
  }

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
    const char* reason = is_finite ? "there are fewer peaks" : "a value is not finite";
    for (std::size_t i = 0; i < count_; ++i, results += each_) {
      if (i < found) {
        tell(x, start, largest_[i], results);
      } else {
        not_measured({results, each_}, reason);
      }
    }
  }

  void tell(std::span<const float> x, double start, const Peak& peak,
            ScalarResult* results) const noexcept {
    const PeakTop top = top_of(x, peak);
    results[0] = {x_of(top.position, start), kUnknown, ""};
    results[1] = {top.height, kUnknown, ""};
    if (!rules_.tells_shape) return;
    results[2] = {peak.prominence, kUnknown, ""};
    results[3] = {x_of(peak.right_at, start) - x_of(peak.left_at, start), kUnknown, ""};
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
    switch (axis_.rule) {
      case AxisRule::kLinear: break;
      case AxisRule::kLog: return start * std::pow(axis_.step, position);
      case AxisRule::kList: {
        const auto at = std::min(static_cast<std::size_t>(position), axis_.values.size() - 2);
        return std::lerp(axis_.values[at], axis_.values[at + 1],
                         position - static_cast<double>(at));
      }
    }
    return start + position * axis_.step;
  }

  std::size_t count_ = 1;
  std::size_t each_ = 2;  // results of a peak
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
    {.name = "height",
     .text = "least height, in the unit of the values; none when not given",
     .in_signal_unit = true},
    {.name = "threshold",
     .min = 0,
     .text = "least height above both neighbours; none when not given",
     .in_signal_unit = true},
    {.name = "distance",
     .type = ParamType::kInteger,
     .unit = "samples",
     .min = 1,
     .max = 1 << 24,
     .fallback = "1",
     .text = "least distance to any higher peak, in values"},
    {.name = "prominence",
     .min = 0,
     .text = "least prominence; none when not given",
     .in_signal_unit = true},
    {.name = "width",
     .unit = "samples",
     .min = 0,
     .text = "least width, in values; none when not given"},
    {.name = "depth",
     .min = 0,
     .max = 1,
     .fallback = "0.5",
     .text = "where the width is measured below the top, as a part of the prominence"},
    {.name = "shape",
     .type = ParamType::kFlag,
     .fallback = "false",
     .text = "tells prominence and width of each peak, too"},
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
    .summary = "position, height, prominence and width of the largest peaks",
    .params = kParams,
    .cost = "3 comparisons a value",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Peaks>(); },
    .example = [] { return Table{{"count", 3.0}, {"distance", 4.0}}; },
    .input = Kind::kSpectrum,
};

}  // namespace acq
