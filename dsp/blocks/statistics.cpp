// statistics: mean, rms, standard deviation, minimum, maximum and peak-to-peak of each channel.
//
// In       (channels, samples) float32, any unit u; record, or waveform with `length`
// Out      6 results for each channel, in u, of each record or of each `length` samples:
//          mean = sum(x) / n; rms = sqrt(sum(x^2) / n); std = sqrt(sum((x - mean)^2) / (n - ddof));
//          min; max; peak_to_peak = max - min
// Params   length, length_time  samples or seconds of a piece of a waveform, 1 or more; no default
//                               for a waveform, not for a record
//          ddof                 0 or 1 (sample standard deviation), 0
//          white_noise          whether the samples are independent and normal about their mean:
//                               then mean has the uncertainty s / sqrt(n) and std has s / sqrt(2 (n
//                               - 1)), s with ddof 1; false: all uncertainties unknown
// Latency  length - 1 samples for the first sample of a piece
// Cost     3 additions, 1 multiplication in float64, 2 comparisons
// Errors   kInvalid: neither waveform nor record, length missing, out of range, or given for
//          records, more than 256 results in all
// Numerics float64, no cancellation: relative error of mean and std below 1e-12 for 10^9 samples; a
//          NaN makes all six invalid in its channel, an infinity those that are not finite then
// Gaps     reset: the piece of a waveform that a gap interrupts is dropped, the next one starts
//          behind the gap and tells it
// Source   Chan, Golub, LeVeque, The American Statistician 37 (1983) 242; uncertainties: JCGM
//          100:2008 4.2.3 and E.4.3
// Checked  tests/dsp/statistics_test.cpp, closed form; tests/validation, numpy
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dsp/base/frame.h"
#include "dsp/math/stats.h"
#include "dsp/pieces.h"

namespace acq {
namespace {

constexpr const char* kNames[] = {"mean", "rms", "std", "min", "max", "peak_to_peak"};
constexpr std::size_t kEach = std::size(kNames);

// A value, or why there is none.
ScalarResult checked(double value, const char* reason, double uncertainty = kUnknown) noexcept {
  if (std::isfinite(value) && *reason == '\0') return {value, uncertainty, ""};
  return {kUnknown, kUnknown, *reason != '\0' ? reason : "a sample is infinite"};
}

class Statistics final : public PieceBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "statistics", {Kind::kWaveform, Kind::kIq, Kind::kRecord});
        !fits) {
      return tl::unexpected(fits.error());
    }
    if (in.channels.size() * kEach > kMaxResults) {
      return fail(Code::kInvalid,
                  fmt::format("statistics of {} channels are too many results", in.channels.size()),
                  {}, fmt::format("at most {} channels", kMaxResults / kEach));
    }
    if (const auto length = read_length(in, params); !length) {
      return tl::unexpected(length.error());
    }
    ddof_ = static_cast<int>(params.integer("ddof"));
    is_white_ = params.flag("white_noise");
    stats_.resize(in.channels.size());
    results_.resize(in.channels.size() * kEach);

    SignalInfo out = in;
    out.kind = Kind::kScalars;
    out.max_count = 0;
    const std::string unit = common_unit(in);
    out.results.clear();
    for (const char* name : kNames) out.results.push_back({name, unit});
    return out;
  }

 private:
  void clear() noexcept override {
    for (RunningStats& stats : stats_) stats.clear();
  }

  void add(const Chunk& in, std::size_t from, std::size_t to) noexcept override {
    for (std::size_t c = 0; c < stats_.size(); ++c) stats_[c].add({in.planes[c] + from, to - from});
  }

  void finish(Chunk& out) noexcept override {
    for (std::size_t c = 0; c < stats_.size(); ++c) evaluate(stats_[c].result(), c * kEach);
    out.count = 0;
    out.results = results_;
  }

  bool adopt_piece(PieceBlock& before) noexcept override {
    std::swap(stats_, static_cast<Statistics&>(before).stats_);
    return true;
  }

  void evaluate(const Moments& m, std::size_t at) noexcept {
    const char* nan = m.has_nan ? "a sample is not a number" : "";
    const auto n = static_cast<double>(m.count);
    const bool has_sigma = is_white_ && m.count > 1;
    const double s = m.std(1);
    results_[at] = checked(m.mean, nan, has_sigma ? s / std::sqrt(n) : kUnknown);
    results_[at + 1] = checked(m.rms(), nan);
    results_[at + 2] =
        m.count > static_cast<std::uint64_t>(ddof_)
            ? checked(m.std(ddof_), nan, has_sigma ? s / std::sqrt(2 * (n - 1)) : kUnknown)
            : checked(kUnknown, "needs two samples");
    results_[at + 3] = checked(m.min, nan);
    results_[at + 4] = checked(m.max, nan);
    results_[at + 5] = checked(m.max - m.min, nan);
  }

  int ddof_ = 0;
  bool is_white_ = false;

  std::vector<RunningStats> stats_;  // of each channel
  std::vector<ScalarResult> results_;
};

constexpr ParamSpec kParams[] = {
    kPieceLengthParam,
    kPieceLengthTimeParam,
    {.name = "ddof",
     .type = ParamType::kInteger,
     .min = 0,
     .max = 1,
     .fallback = "0",
     .text = "std divides by the number of samples less this"},
    {.name = "white_noise",
     .type = ParamType::kFlag,
     .fallback = "false",
     .text = "the samples are independent and normal: mean and std get uncertainties"},
};

}  // namespace

extern const BlockEntry block_statistics;
const BlockEntry block_statistics{
    .name = "statistics",
    .summary = "mean, rms, standard deviation and extremes of each channel",
    .params = kParams,
    .latency = "length - 1 samples",
    .cost = "4 float64 operations, 2 comparisons",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Statistics>(); },
    .example = [] { return Table{{"length", 100.0}}; },
};

}  // namespace acq
