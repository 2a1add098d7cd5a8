// allan: Allan, modified, Hadamard or time deviation of a waveform, over all of it so far.
//
// In       (channels, samples) float32; waveform of fractional frequencies (or any quantity, unit u),
//          or of phase in u
// Out      one result for each channel and octave of tau, named by it (tau_1ms, tau_2ms ...): the
//          deviation, in u for frequencies (u.s for time), u/s for phases (u for time)
// Params   statistic       overlapping, modified, hadamard or time; overlapping
//          data            what the samples are: frequency or phase; frequency
//          octaves         of tau, from one sample on: 1, 2, 4 ... samples; 1 to 20, 8
//          every, every_time  samples or seconds from one output to the next, 1 or more, no default
//          noise           that the uncertainty is told for: white_pm, flicker_pm, white_fm, flicker_fm,
//                          random_walk_fm; white_fm
// Latency  every - 1 samples
// Cost     4 to 8 operations an octave
// Errors   kInvalid: not a waveform, every missing or out of range, more than 256 results in all
// Numerics float64; the sums run over all samples since the start. The overlapping deviation has an
//          uncertainty from its degrees of freedom for the noise assumed. A sample that is not finite
//          is taken for a gap. Invalid: fewer than 2 tau (3 tau) of samples in one piece
// Gaps     bridge: no difference spans a gap or a new epoch; what was summed stays
// Source   IEEE 1139-2008; W. J. Riley, NIST SP 1065 (2008), 5.2; degrees of freedom: D. A. Howe,
//          D. W. Allan, J. A. Barnes, Proc. 35th Frequency Control Symposium (1981) 669
// Checked  tests/dsp/allan_test.cpp, closed form, coverage, slopes of noise; tests/validation,
//          allantools
#include "dsp/math/allan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dsp/base/frame.h"
#include "dsp/framing.h"
#include "dsp/length_params.h"
#include "dsp/math/trace.h"
#include "dsp/measuring.h"

namespace acq {
namespace {

constexpr std::string_view kStatistics[] = {"overlapping", "modified", "hadamard", "time"};
constexpr std::string_view kData[] = {"frequency", "phase"};
constexpr std::string_view kNoises[] = {"white_pm", "flicker_pm", "white_fm", "flicker_fm",
                                        "random_walk_fm"};
constexpr std::size_t kLongest = std::size_t{1} << 40;

class Allan final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "allan", {Kind::kWaveform}); !fits) {
      return tl::unexpected(fits.error());
    }
    const auto every = length_of(params, "every", in.rate_hz, 1, kLongest);
    if (!every) return tl::unexpected(every.error());
    every_ = *every;
    octaves_ = static_cast<std::size_t>(params.integer("octaves"));
    if (in.channels.size() * octaves_ > kMaxResults) {
      return fail(Code::kInvalid,
                  fmt::format("{} octaves of {} channels are too many results", octaves_,
                              in.channels.size()),
                  "octaves", fmt::format("1 to {}", kMaxResults / in.channels.size()));
    }
    rate_hz_ = in.rate_hz;
    statistic_ = static_cast<Stability>(choice_of(kStatistics, params.text("statistic")));
    noise_ = static_cast<ClockNoise>(choice_of(kNoises, params.text("noise")));
    is_phase_ = params.text("data") == "phase";
    const double tau0 = 1 / in.rate_hz.value();
    sums_.assign(in.channels.size(), RunningAllan(statistic_, tau0, octaves_));
    results_.resize(in.channels.size() * octaves_);
    return described(in, tau0);
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    if (!in_chunk_) open(in);
    const std::size_t count = std::min<std::uint64_t>(every_ - done_, in.count - at_);
    if (done_ == 0) start_ = in.first_index + at_;
    for (std::size_t c = 0; c < sums_.size(); ++c) {
      const std::span<const float> samples{in.planes[c] + at_, count};
      is_phase_ ? sums_[c].add_phase(samples) : sums_[c].add_frequency(samples);
    }
    done_ += count;
    at_ += count;
    if (done_ < every_) {
      in_chunk_ = false;
      return Yield::kNone;
    }
    done_ = 0;
    place(in, start_, rate_hz_, out);
    describe(marks_, gaps_, out);
    marks_ = {};
    marks_.add(in);
    for (std::size_t c = 0; c < sums_.size(); ++c) evaluate(sums_[c], c * octaves_);
    out.count = 0;
    out.results = results_;
    return Yield::kMore;
  }

  void adopt(Block& before) noexcept override {
    auto& other = static_cast<Allan&>(before);
    gaps_ = other.gaps_;
    marks_ = other.marks_;
    continuity_ = other.continuity_;
    if (is_phase_ != other.is_phase_ || sums_.size() != other.sums_.size() ||
        !sums_[0].continues(other.sums_[0])) {
      return;
    }
    std::swap(sums_, other.sums_);
    if (other.done_ >= every_) return;
    done_ = other.done_;
    start_ = other.start_;
  }

 private:
  SignalInfo described(const SignalInfo& in, double tau0) const {
    SignalInfo out = in;
    out.kind = Kind::kScalars;
    out.max_count = 0;
    out.results.clear();
    const std::string u = common_unit(in);
    const bool is_time = statistic_ == Stability::kTime;
    const std::string unit = is_phase_ == is_time ? u
                             : is_phase_          ? (u == "s" ? "1" : u + "/s")
                                                  : (u == "1" ? "s" : u + ".s");
    for (std::size_t k = 0; k < octaves_; ++k) {
      const double tau = tau0 * static_cast<double>(std::size_t{1} << k);
      out.results.push_back({tau_name(tau), unit});
    }
    return out;
  }

  void open(const Chunk& in) noexcept {
    in_chunk_ = true;
    at_ = 0;
    gaps_.add(in.gap_before);
    marks_.add(in);
    if (continuity_.follows(in)) return;
    for (RunningAllan& sums : sums_) sums.break_here();
  }

  void evaluate(const RunningAllan& sums, std::size_t at) noexcept {
    for (std::size_t k = 0; k < octaves_; ++k) {
      if (sums.terms(k) == 0) {
        results_[at + k] = not_measured("there are too few samples for this tau");
        continue;
      }
      const double deviation = sums.deviation(k);
      const double edf = statistic_ == Stability::kOverlapping
                             ? overlapping_edf(noise_, sums.phases(), std::size_t{1} << k)
                             : kUnknown;
      results_[at + k] = std::isfinite(deviation)
                             ? measured(deviation, deviation / std::sqrt(2 * edf))
                             : not_measured("the result is not finite");
    }
  }

  Rational rate_hz_;
  std::uint64_t every_ = 1;
  std::size_t octaves_ = 1;
  Stability statistic_ = Stability::kOverlapping;
  ClockNoise noise_ = ClockNoise::kWhiteFm;
  bool is_phase_ = false;

  std::vector<RunningAllan> sums_;  // of each channel
  std::vector<ScalarResult> results_;
  std::uint64_t done_ = 0;   // samples since the last output
  std::uint64_t start_ = 0;  // index of the first of them
  Continuity continuity_;
  Gap gaps_;  // since the last output
  Marks marks_;
  bool in_chunk_ = false;
  std::size_t at_ = 0;  // place in the present chunk
};

constexpr ParamSpec kParams[] = {
    {.name = "statistic",
     .type = ParamType::kChoice,
     .fallback = "overlapping",
     .text = "which deviation",
     .choices = kStatistics},
    {.name = "data",
     .type = ParamType::kChoice,
     .fallback = "frequency",
     .text = "what the samples are: fractional frequencies, or phases in time",
     .choices = kData},
    {.name = "octaves",
     .type = ParamType::kInteger,
     .min = 1,
     .max = 20,
     .fallback = "8",
     .text = "of the averaging time, from one sample on"},
    samples_param("every", 1, kLongest, "samples from one output to the next"),
    time_param("every_time"),
    {.name = "noise",
     .type = ParamType::kChoice,
     .fallback = "white_fm",
     .text = "kind of noise that the uncertainty is told for",
     .choices = kNoises},
};

}  // namespace

extern const BlockEntry block_allan;
const BlockEntry block_allan{
    .name = "allan",
    .summary = "Allan, modified, Hadamard or time deviation, incremental",
    .params = kParams,
    .latency = "every - 1 samples",
    .cost = "4 to 8 operations an octave",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Allan>(); },
    .example = [] { return Table{{"every", 400.0}, {"octaves", 6.0}}; },
};

}  // namespace acq
