// interpolate: puts each record onto another grid of its x axis.
//
// In       (channels, values) float32, any unit; record or spectrum, its axis linear or a list
// Out      (channels, count) float32, same unit; linear axis
// Params   method  linear; cubic (spline, "not a knot"; DataLab's spline); pchip (no overshoot); akima
//                  (DataLab's cubic); linear
//          count   values of the new grid, 1 to 2^24 over all channels; as many as there are
//          from    first place on the x axis, -1e30 to 1e30 in its unit; that of the record
//          to      last place, likewise; that of the record
// Latency  0 samples beyond the record
// Cost     5 float64 operations a value out (linear), 20 a value in more (the others)
// Errors   kInvalid: neither record nor spectrum; fewer than 2 values; a grid beyond the record's ends or
//          falling; a logarithmic axis
// Numerics float64, rounded to float32 once; NaN reaches the pieces beside it (linear), up to 3 pieces
//          away (pchip, akima), or its channel of that record (cubic). Where the axis moves with each
//          record the grid moves with it
// Source   de Boor 1978; Fritsch and Butland 1984; Akima 1970
// Checked  tests/dsp/interpolate_test.cpp, closed form; tests/validation, numpy.interp, scipy.interpolate
#include "dsp/math/interpolate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dsp/framing.h"
#include "dsp/records.h"

namespace acq {
namespace {

class Interpolate final : public RecordBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    const auto fits = need_kind(in, "interpolate", {Kind::kRecord, Kind::kSpectrum});
    if (!fits) return tl::unexpected(fits.error());
    const auto x = axis_places(in);
    if (!x) return tl::unexpected(x.error());
    const auto method =
        static_cast<Interpolation>(std::find(std::begin(kInterpolationNames),
                                             std::end(kInterpolationNames), params.text("method")) -
                                   kInterpolationNames);
    auto made = Interpolator::make(method, *x);
    if (!made) return tl::unexpected(made.error());
    interpolator_ = std::move(*made);

    const std::size_t most = kMaxPieceSamples / in.channels.size();
    const std::size_t count =
        params.has("count") ? static_cast<std::size_t>(params.integer("count")) : in.max_count;
    if (count > most) {
      return fail(Code::kInvalid, fmt::format("count is {}", count), "count",
                  fmt::format("1 to {}", most));
    }
    const double from = params.has("from") ? params.number("from") : x->front();
    const double to = params.has("to") ? params.number("to") : x->back();
    const double slack = 1e-9 * (x->back() - x->front());
    for (const auto& [name, place] : {std::pair("from", from), std::pair("to", to)}) {
      if (place >= x->front() - slack && place <= x->back() + slack) continue;
      return fail(Code::kInvalid, fmt::format("{} is {} {}", name, place, in.axis.unit), name,
                  fmt::format("{} to {} {}", x->front(), x->back(), in.axis.unit));
    }
    if (!(from <= to) || (count > 1 && !(from < to))) {
      return fail(Code::kInvalid, fmt::format("from is {} and to is {}", from, to), "to",
                  "behind from");
    }
    const double step = count > 1 ? (to - from) / static_cast<double>(count - 1) : 1;
    std::vector<double> grid(count);
    for (std::size_t i = 0; i < count; ++i) grid[i] = from + step * static_cast<double>(i);
    if (count > 1) grid.back() = to;
    interpolator_.find(grid);
    offset_ = from - in.axis.start;
    set_up(in, count);
    return describe_output(in, from, step, count);
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    const Yield yield = RecordBlock::process(in, out);
    if (in.axis_start) out.axis_start = *in.axis_start + offset_;
    out.triggers = {};  // their places are others now
    return yield;
  }

 private:
  static Result<std::vector<double>> axis_places(const SignalInfo& in) {
    if (in.axis.rule == AxisRule::kList && in.axis.values.size() == in.max_count) {
      return in.axis.values;
    }
    const auto step = axis_step(in, "interpolate");
    if (!step) return tl::unexpected(step.error());
    std::vector<double> x(in.max_count);
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] = in.axis.start + *step * static_cast<double>(i);
    }
    return x;
  }

  static SignalInfo describe_output(const SignalInfo& in, double from, double step,
                                    std::size_t count) {
    SignalInfo out = in;
    out.max_count = count;
    out.axis = {in.axis.name, in.axis.unit, AxisRule::kLinear, from, step};
    out.results = {};
    const Rational rate = rational_from(1 / step);
    if (in.kind == Kind::kRecord && in.axis.unit == "s" && rate.num > 0) out.rate_hz = rate;
    for (Channel& channel : out.channels) channel.range_min = channel.range_max = 0;
    return out;
  }

  void compute(std::span<const double> x, std::span<double> y) noexcept override {
    interpolator_.run(x, y);
  }

  Interpolator interpolator_;
  double offset_ = 0;  // of the new axis against the old
};

constexpr ParamSpec kParams[] = {
    {.name = "method",
     .type = ParamType::kChoice,
     .fallback = "linear",
     .text = "how values between the samples are found",
     .choices = kInterpolationNames},
    {.name = "count",
     .type = ParamType::kInteger,
     .min = 1,
     .max = kMaxPieceSamples,
     .text = "values of the new grid; as many as there are when not given"},
    {.name = "from",
     .min = -1e30,
     .max = 1e30,
     .text = "first place on the x axis; that of the record when not given"},
    {.name = "to",
     .min = -1e30,
     .max = 1e30,
     .text = "last place on the x axis; that of the record when not given"},
};

}  // namespace

extern const BlockEntry block_interpolate;
const BlockEntry block_interpolate{
    .name = "interpolate",
    .summary = "puts each record onto another grid of its x axis",
    .params = kParams,
    .cost = "5 to 25 float64 operations",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Interpolate>(); },
    .example = [] { return Table{{"method", "cubic"}, {"count", 60.0}}; },
    .input = Kind::kRecord,
};

}  // namespace acq
