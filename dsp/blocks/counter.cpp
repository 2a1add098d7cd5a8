// counter: frequency, period, duty cycle and phase of the edges of each record.
//
// In       (channels, samples) float32, any unit u, even x axis in v; record
// Out      5 results for each channel: frequency (1/v), period (v), duty (1, part of whole periods
//          above the level), phase (deg, -180 to 180), edges (1, rising ones)
// Params   level       u; half way between the extremes of the record when not given
//          hysteresis  u, 0 or more, how far below the level arms for the next rising edge, and above
//                      it for a falling one; 0
//          reference   id of the channel that phases count from: positive when this one leads; without
//                      it phases are those of the rising edges at x = 0, as of a sine
// Latency  0 samples
// Cost     4 comparisons a value
// Errors   kInvalid: not a record, no even x axis, unknown reference, a level in another unit, more
//          than 51 channels
// Numerics float64, edges on straight lines between the values; period and phase of the straight line
//          through all edges, with the uncertainty its residuals give (from 3 edges on). Invalid: a
//          constant record, fewer than 2 rising edges, a value that is not finite; phase alone without
//          edges of the reference
// Gaps     none of its own: each input is whole; a gap before it is passed on
// Source   E. Rubiola, M. Lenczner, P.-Y. Bourgeois, F. Vernotte, IEEE Trans. UFFC 63 (2016) 961
//          (Omega counter)
// Checked  tests/dsp/counter_test.cpp, closed form, coverage; tests/validation, numpy.polyfit
#include "dsp/math/counter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dsp/framing.h"
#include "dsp/measuring.h"

namespace acq {
namespace {

constexpr std::size_t kNoReference = static_cast<std::size_t>(-1);

double wrapped_deg(double turns) noexcept {
  return 360 * (turns - std::round(turns));
}

class Counter final : public MeasuringBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "counter", {Kind::kRecord}); !fits) {
      return tl::unexpected(fits.error());
    }
    const std::string u = common_unit(in);
    if (params.has("level")) {
      const auto level = params.number_in("level", u);
      if (!level) return tl::unexpected(level.error());
      rules_.level = *level;
    }
    const auto hysteresis = params.number_in("hysteresis", u);
    if (!hysteresis) return tl::unexpected(hysteresis.error());
    rules_.hysteresis = *hysteresis;
    if (const auto found = find_reference(in, params); !found) return tl::unexpected(found.error());
    step_ = in.axis.step;
    return set_up(in, {{"frequency", inverse_unit(in.axis.unit)},
                       {"period", in.axis.unit},
                       {"duty", "1"},
                       {"phase", "deg"},
                       {"edges", "1"}});
  }

 private:
  Result<void> find_reference(const SignalInfo& in, const Params& params) {
    if (!params.has("reference")) return {};
    std::string ids;
    for (std::size_t c = 0; c < in.channels.size(); ++c) {
      if (in.channels[c].id == params.text("reference")) reference_ = c;
      ids += (c == 0 ? "" : ", ") + in.channels[c].id;
    }
    if (reference_ != kNoReference) {
      values_.resize(in.max_count);
      return {};
    }
    return fail(Code::kInvalid,
                fmt::format("there is no channel {}", quote(params.text("reference"))), "reference",
                ids);
  }

  void begin(const Chunk& in, double start) noexcept override {
    if (reference_ == kNoReference) return;
    std::copy_n(in.planes[reference_], in.count, values_.begin());
    const bool is_finite = std::all_of(values_.begin(), values_.begin() + in.count,
                                       [](double v) { return std::isfinite(v); });
    counted_ = {};
    counted_.invalid_because = "the reference has a value that is not finite";
    if (is_finite) counted_ = count_edges({{values_.data(), in.count}, start, step_}, rules_);
  }

  void measure(const Trace& record, std::span<ScalarResult> results) noexcept override {
    const Counted counted = count_edges(record, rules_);
    if (*counted.invalid_because != '\0') {
      not_measured(results, counted.invalid_because);
    } else {
      const double relative = counted.period_sigma / counted.period;
      results[0] = measured(1 / counted.period, relative / counted.period);
      results[1] = measured(counted.period, counted.period_sigma);
      results[2] = measured(counted.duty);
      results[3] = phase(counted);
    }
    results[4] = measured(static_cast<double>(counted.edges));
  }

  [[nodiscard]] ScalarResult phase(const Counted& counted) const noexcept {
    if (reference_ == kNoReference) {
      return measured(wrapped_deg(-counted.first_edge / counted.period));
    }
    if (*counted_.invalid_because != '\0') return not_measured("the reference has no edges");
    return measured(wrapped_deg((counted_.first_edge - counted.first_edge) / counted_.period));
  }

  CounterRules rules_;
  std::size_t reference_ = kNoReference;
  double step_ = 1;
  std::vector<double> values_;  // of the reference
  Counted counted_;
};

constexpr ParamSpec kParams[] = {
    {.name = "level",
     .text = "level of the edges; half way between the extremes when not given",
     .in_signal_unit = true},
    {.name = "hysteresis",
     .min = 0,
     .fallback = "0",
     .text = "distance from the level that arms for the next edge",
     .in_signal_unit = true},
    {.name = "reference",
     .type = ParamType::kText,
     .text = "id of the channel that phases count from"},
};

}  // namespace

extern const BlockEntry block_counter;
const BlockEntry block_counter{
    .name = "counter",
    .summary = "frequency, period, duty cycle and phase of each record",
    .params = kParams,
    .cost = "4 comparisons a value",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Counter>(); },
    .example = [] { return Table{{"level", 0.0}, {"hysteresis", 0.4}}; },
    .input = Kind::kRecord,
};

}  // namespace acq
