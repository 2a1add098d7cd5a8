// bandwidth: where a response has fallen by some decibels from its maximum.
//
// In       (channels, values) float32, even x axis; spectrum or record of a response
// Out      4 results for each channel: bandwidth, low, high, peak_x (x unit)
// Params   drop   dB below the maximum, 0.01 to 200, 3
//          scale  of the input: db, amplitude (20 log10) or power (10 log10); db
// Latency  0 samples
// Cost     2 comparisons a value; a logarithm with amplitude and power
// Errors   kInvalid: neither record nor spectrum, no even x axis, more than 64 channels
// Numerics float64, on straight lines in dB between the values, from the maximum outwards to the
//          nearest crossing on each side. A side without a crossing ends with the axis; without any,
//          or with a constant response, all but peak_x are invalid, as all are with a value that is
//          not finite
// Gaps     none of its own: each input is whole; a gap before it is passed on
// Source   own derivation; as DataLab's where the response crosses at most twice
// Checked  tests/dsp/bandwidth_test.cpp, closed form; tests/validation, numpy, sigima
#include <algorithm>
#include <cmath>

#include "dsp/framing.h"
#include "dsp/math/crossing.h"
#include "dsp/measuring.h"

namespace acq {
namespace {

constexpr std::string_view kScales[] = {"db", "amplitude", "power"};

class Bandwidth final : public MeasuringBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "bandwidth", {Kind::kSpectrum, Kind::kRecord}); !fits) {
      return tl::unexpected(fits.error());
    }
    drop_ = params.number("drop");
    const std::size_t scale = choice_of(kScales, params.text("scale"));
    factor_ = scale == 0 ? 0 : scale == 1 ? 20 : 10;
    level_.resize(in.max_count);
    const std::string& x = in.axis.unit;
    return set_up(in, {{"bandwidth", x}, {"low", x}, {"high", x}, {"peak_x", x}});
  }

 private:
  void measure(const Trace& record, std::span<ScalarResult> results) noexcept override {
    // Nothing, and rounding below it, is as far down as a double can tell.
    constexpr double kNothing = 1e-300;
    std::transform(record.y.begin(), record.y.end(), level_.begin(), [&](double y) {
      return factor_ == 0 ? y : factor_ * std::log10(std::max(y, kNothing));
    });
    const std::span<const double> y{level_.data(), record.size()};
    const auto at = static_cast<std::size_t>(std::max_element(y.begin(), y.end()) - y.begin());
    const auto low = crossing_before(y, at, y[at] - drop_);
    const auto high = crossing_behind(y, at, y[at] - drop_);
    if (!low && !high) {
      not_measured(results, "the response does not fall so far");
    } else {
      const double from = record.x(low.value_or(0));
      const double to = record.x(high.value_or(static_cast<double>(record.size() - 1)));
      results[0] = measured(to - from);
      results[1] = measured(from);
      results[2] = measured(to);
    }
    results[3] = measured(record.x(static_cast<double>(at)));
  }

  double drop_ = 3;
  double factor_ = 0;  // of the logarithm; 0: the values are levels already
  std::vector<double> level_;
};

constexpr ParamSpec kParams[] = {
    {.name = "drop",
     .unit = "dB",
     .min = 0.01,
     .max = 200,
     .fallback = "3",
     .text = "below the maximum"},
    {.name = "scale",
     .type = ParamType::kChoice,
     .fallback = "db",
     .text = "what the values of the response are",
     .choices = kScales},
};

}  // namespace

extern const BlockEntry block_bandwidth;
const BlockEntry block_bandwidth{
    .name = "bandwidth",
    .summary = "where a response has fallen by 3 dB from its maximum",
    .params = kParams,
    .cost = "2 comparisons a value",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Bandwidth>(); },
    .example = [] { return Table{{"scale", "amplitude"}}; },
    .input = Kind::kSpectrum,
};

}  // namespace acq
