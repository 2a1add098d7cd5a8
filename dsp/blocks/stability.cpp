// stability: one deviation of the Allan family of each record, for octaves of tau.
//
// In       (channels, samples) float32, any unit u, even time axis; record of fractional frequencies
//          (or any quantity)
// Out      one result for each channel and octave of tau, named by it (tau_1ms, tau_2ms ...), in u; for
//          time and mtie in u.s
// Params   statistic  allan (of adjacent averages), overlapping, modified, hadamard, total, time or mtie;
//                     overlapping
// Latency  0 samples
// Cost     2 to 8 operations an octave
// Errors   kInvalid: not a record, no even time axis, more than 256 results in all
// Numerics float64, over the phase that the frequencies sum to; tau is 1, 2, 4 ... steps of the x axis,
//          up to half the record (a third for modified, hadamard and time). Invalid: a value that is
//          not finite
// Gaps     none of its own: each record is whole; a gap before it is passed on
// Source   IEEE 1139-2008; W. J. Riley, NIST SP 1065 (2008), 5.2 and 5.18
// Checked  tests/dsp/stability_test.cpp, closed form; tests/validation, allantools, sigima
#include <fmt/format.h>

#include <cmath>

#include "dsp/framing.h"
#include "dsp/math/allan.h"
#include "dsp/measuring.h"

namespace acq {
namespace {

constexpr std::string_view kStatistics[] = {"allan", "overlapping", "modified", "hadamard",
                                            "total", "time",        "mtie"};
enum class Which : std::uint8_t {
  kAllan,
  kOverlapping,
  kModified,
  kHadamard,
  kTotal,
  kTime,
  kMtie
};

class StabilityBlock final : public MeasuringBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "stability", {Kind::kRecord}); !fits) {
      return tl::unexpected(fits.error());
    }
    if (in.axis.unit != "s") {
      return fail(Code::kInvalid, fmt::format("the x axis is in {}", in.axis.unit), "input",
                  "a time axis in s");
    }
    which_ = static_cast<Which>(choice_of(kStatistics, params.text("statistic")));
    const bool needs_three =
        which_ == Which::kModified || which_ == Which::kHadamard || which_ == Which::kTime;
    const std::size_t longest = std::max<std::size_t>(1, in.max_count / (needs_three ? 3 : 2));
    const bool is_time = which_ == Which::kTime || which_ == Which::kMtie;
    const std::string u = common_unit(in);
    const std::string unit = !is_time ? u : u == "1" ? "s" : u + ".s";
    std::vector<ResultSpec> specs;
    for (std::size_t m = 1; m <= longest; m *= 2) {
      specs.push_back({tau_name(in.axis.step * static_cast<double>(m)), unit});
    }
    phase_.resize(in.max_count + 1);
    work_.resize(2 * phase_.size());
    return set_up(in, std::move(specs));
  }

 private:
  void measure(const Trace& record, std::span<ScalarResult> results) noexcept override {
    phase_of(record.y, record.step, which_ == Which::kMtie, phase_);
    for (std::size_t k = 0; k < results.size(); ++k) {
      const double value = deviation(record.step, std::size_t{1} << k);
      results[k] = std::isnan(value) ? not_measured("the record is too short for this tau")
                                     : measured(value);
    }
  }

  [[nodiscard]] double deviation(double tau0, std::size_t m) noexcept {
    switch (which_) {
      case Which::kAllan: return allan_deviation(phase_, tau0, m);
      case Which::kOverlapping: return overlapping_allan_deviation(phase_, tau0, m);
      case Which::kModified: return modified_allan_deviation(phase_, tau0, m);
      case Which::kHadamard: return hadamard_deviation(phase_, tau0, m);
      case Which::kTotal: return total_deviation(phase_, tau0, m);
      case Which::kTime: return time_deviation(phase_, tau0, m);
      case Which::kMtie: break;
    }
    return max_time_interval_error(phase_, m, work_);
  }

  Which which_ = Which::kOverlapping;
  std::vector<double> phase_;
  std::vector<double> work_;
};

constexpr ParamSpec kParams[] = {
    {.name = "statistic",
     .type = ParamType::kChoice,
     .fallback = "overlapping",
     .text = "which deviation",
     .choices = kStatistics},
};

}  // namespace

extern const BlockEntry block_stability;
const BlockEntry block_stability{
    .name = "stability",
    .summary = "a deviation of the Allan family of each record",
    .params = kParams,
    .cost = "2 to 8 operations an octave",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<StabilityBlock>(); },
    .example = [] { return Table{{"statistic", "modified"}}; },
    .input = Kind::kRecord,
};

}  // namespace acq
