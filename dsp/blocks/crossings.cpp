// crossings: where each record crosses a level.
//
// In       (channels, values) float32, any unit u, even x axis; record or spectrum
// Out      3 results for each channel: first, last (x unit), count (1)
// Params   level  u, 0
//          slope  rising, falling or either; either
// Latency  0 samples
// Cost     2 comparisons a value
// Errors   kInvalid: neither record nor spectrum, no even x axis, a level in another unit, more than 85
//          channels
// Numerics float64, on straight lines between the values. A crossing is a change of side: values
//          exactly at the level are on none, so a touch is no crossing. first and last are invalid
//          without a crossing, all three with a value that is not finite
// Gaps     none of its own: each input is whole; a gap before it is passed on
// Source   own derivation
// Checked  tests/dsp/crossings_test.cpp, closed form; tests/validation, numpy, sigima
#include "dsp/math/crossing.h"

#include "dsp/framing.h"
#include "dsp/measuring.h"

namespace acq {
namespace {

constexpr std::string_view kSlopes[] = {"rising", "falling", "either"};

class CrossingsBlock final : public MeasuringBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "crossings", {Kind::kRecord, Kind::kSpectrum}); !fits) {
      return tl::unexpected(fits.error());
    }
    const auto level = params.number_in("level", common_unit(in));
    if (!level) return tl::unexpected(level.error());
    level_ = *level;
    slope_ = static_cast<Slope>(choice_of(kSlopes, params.text("slope")));
    return set_up(in, {{"first", in.axis.unit}, {"last", in.axis.unit}, {"count", "1"}});
  }

 private:
  void measure(const Trace& record, std::span<ScalarResult> results) noexcept override {
    const Crossings found = crossings_of(record.y, level_, slope_);
    const bool is_there = found.count > 0;
    constexpr const char* kNone = "the record does not cross the level";
    results[0] = is_there ? measured(record.x(found.first)) : not_measured(kNone);
    results[1] = is_there ? measured(record.x(found.last)) : not_measured(kNone);
    results[2] = measured(static_cast<double>(found.count));
  }

  double level_ = 0;
  Slope slope_ = Slope::kEither;
};

constexpr ParamSpec kParams[] = {
    {.name = "level", .fallback = "0", .text = "level to cross", .in_signal_unit = true},
    {.name = "slope",
     .type = ParamType::kChoice,
     .fallback = "either",
     .text = "direction of the crossing",
     .choices = kSlopes},
};

}  // namespace

extern const BlockEntry block_crossings;
const BlockEntry block_crossings{
    .name = "crossings",
    .summary = "where each record crosses a level",
    .params = kParams,
    .cost = "2 comparisons a value",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<CrossingsBlock>(); },
    .example = [] { return Table{{"level", 0.1}}; },
    .input = Kind::kRecord,
};

}  // namespace acq
