// value_at: the value of each record at one place of its x axis.
//
// In       (channels, values) float32, any unit u, even x axis in v; record or spectrum
// Out      1 result for each channel: value (u), on the straight line between its neighbours
// Params   x  v, required
// Latency  0 samples
// Cost     1 copy a value
// Errors   kInvalid: neither record nor spectrum, no even x axis, x in another unit, more than 64
//          channels
// Numerics float64; invalid: x outside the record, a value that is not finite
// Gaps     none of its own: each input is whole; a gap before it is passed on
// Source   own derivation
// Checked  tests/dsp/value_at_test.cpp, closed form; tests/validation, numpy.interp, sigima
#include "dsp/framing.h"
#include "dsp/math/crossing.h"
#include "dsp/measuring.h"

namespace acq {
namespace {

class ValueAt final : public MeasuringBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "value_at", {Kind::kRecord, Kind::kSpectrum}); !fits) {
      return tl::unexpected(fits.error());
    }
    const auto x = params.number_in("x", in.axis.unit);
    if (!x) return tl::unexpected(x.error());
    x_ = *x;
    return set_up(in, {{"value", common_unit(in)}});
  }

 private:
  void measure(const Trace& record, std::span<ScalarResult> results) noexcept override {
    const std::optional<double> value = acq::value_at(record, x_);
    results[0] = value ? measured(*value) : not_measured("x lies outside the record");
  }

  double x_ = 0;
};

constexpr ParamSpec kParams[] = {
    {.name = "x", .required = true, .text = "place on the x axis", .in_signal_unit = true},
};

}  // namespace

extern const BlockEntry block_value_at;
const BlockEntry block_value_at{
    .name = "value_at",
    .summary = "the value of each record at one x",
    .params = kParams,
    .cost = "1 copy a value",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<ValueAt>(); },
    .example = [] { return Table{{"x", 0.0105}}; },
    .input = Kind::kRecord,
};

}  // namespace acq
