// offset_correction: subtracts from each record the mean of a part of it.
//
// In       (channels, values) float32, any unit; record or spectrum with a linear axis
// Out      the same shape, unit, rate and x axis
// Params   from  where the part begins on the x axis, -1e30 to 1e30 in its unit; the record's start
//          to    where it ends (not part of it), likewise; the record's end
// Latency  0 samples beyond the record
// Cost     1 addition, 1 subtraction in float64
// Errors   kInvalid: not a record or spectrum, an axis that is not linear, no sample between from and
//          to
// Numerics float64, rounded to float32 once; a NaN in the part spoils its channel of that record.
//          Where the axis moves with each record (edge_trigger) the part moves with it by less than
//          one sample
// Source   own derivation; DataLab's offset correction
// Checked  tests/dsp/offset_correction_test.cpp, closed form; tests/validation, numpy
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dsp/framing.h"
#include "dsp/math/calculus.h"
#include "dsp/records.h"

namespace acq {
namespace {

class OffsetCorrection final : public RecordBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    const auto fits = need_kind(in, "offset_correction", {Kind::kRecord, Kind::kSpectrum});
    if (!fits) return tl::unexpected(fits.error());
    const auto step = axis_step(in, "offset_correction");
    if (!step) return tl::unexpected(step.error());
    const auto count = static_cast<double>(in.max_count);
    const auto place = [&](const char* name, double fallback) {
      if (!params.has(name)) return fallback;
      // A sample that is at the limit but for rounding counts as at it.
      const double at = (params.number(name) - in.axis.start) / *step;
      return std::clamp(std::ceil(at - 1e-9 * std::max(1.0, std::abs(at))), 0.0, count);
    };
    const double from = place("from", 0), to = place("to", count);
    if (!(from < to)) {
      return fail(Code::kInvalid, "there is no sample between from and to",
                  params.has("from") ? "from" : "to",
                  fmt::format("a part of {} to {} {}", in.axis.start, in.axis.start + count * *step,
                              in.axis.unit));
    }
    from_ = static_cast<std::size_t>(from);
    to_ = static_cast<std::size_t>(to);
    set_up(in, in.max_count);
    SignalInfo out = in;
    out.results = {};
    for (Channel& channel : out.channels) channel.range_min = channel.range_max = 0;
    return out;
  }

 private:
  void compute(std::span<const double> x, std::span<double> y) noexcept override {
    correct_offset(x, from_, to_, y);
  }

  std::size_t from_ = 0;
  std::size_t to_ = 0;
};

constexpr ParamSpec kParams[] = {
    {.name = "from",
     .min = -1e30,
     .max = 1e30,
     .text = "where the part begins on the x axis; the record's start when not given"},
    {.name = "to",
     .min = -1e30,
     .max = 1e30,
     .text = "where it ends, not part of it; the record's end when not given"},
};

}  // namespace

extern const BlockEntry block_offset_correction;
const BlockEntry block_offset_correction{
    .name = "offset_correction",
    .summary = "subtracts from each record the mean of a part of it",
    .params = kParams,
    .cost = "2 float64 operations",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<OffsetCorrection>(); },
    .example = [] { return Table{{"from", 0.01}, {"to", 0.05}}; },
    .input = Kind::kRecord,
};

}  // namespace acq
