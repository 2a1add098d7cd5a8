// logic_timing: edges, frequency, period, duty and pulse widths of each logic channel.
//
// In       (channels, samples) 0 and 1; logic
// Out      8 results for each channel, of each `length` samples, T the time of a sample:
//          edges      changes of level; 1
//          frequency  1 / period; Hz
//          period     mean of the periods, from one rising edge to the next; s
//          duty       share of the time high in these periods; 1
//          high_min, high_max, low_min, low_max   shortest and longest pulse; s
//          A period or pulse counts where it ends, however long ago it began.
// Params   length, length_time  samples or seconds of a piece, 2 or more, no default
// Latency  length - 1 samples for the first sample of a piece
// Cost     1 comparison a sample, about 10 operations an edge
// Errors   kInvalid: not logic, length missing or out of range, more than 256 results in all
// Numerics widths are counted in whole samples. An edge lies anywhere within the sample before it:
//          one sigma of a time between two edges is T / sqrt(6). So the mean of m periods, end to
//          end, has T / (m sqrt(6)); frequency f has f^2 times as much; duty d has
//          T sqrt((2 m - 1 + (1 - d)^2 + d^2) / 12) over the time of the m periods. Pulses shorter than T are not seen
// Gaps     reset: the piece that a gap interrupts is dropped, and so is the pulse and the period; the
//          next piece starts behind the gap and tells it
// Source   own derivation; uniform distribution: JCGM 100:2008 4.3.7
// Checked  tests/dsp/logic_timing_test.cpp, closed form, any cut; the uncertainties by drawing phases;
//          tests/validation, the definition in NumPy
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dsp/base/frame.h"
#include "dsp/framing.h"
#include "dsp/length_params.h"
#include "dsp/math/line_timing.h"

namespace acq {
namespace {

constexpr std::pair<const char*, const char*> kResults[] = {
    {"edges", "1"},    {"frequency", "Hz"}, {"period", "s"},  {"duty", "1"},
    {"high_min", "s"}, {"high_max", "s"},   {"low_min", "s"}, {"low_max", "s"}};
constexpr std::size_t kEach = std::size(kResults);
constexpr std::size_t kLongest = std::size_t{1} << 40;
constexpr const char* kNoPeriod = "no whole period ended";
constexpr const char* kNoPulse = "no whole pulse ended";

class LogicTiming final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "logic_timing", {Kind::kLogic}); !fits) {
      return tl::unexpected(fits.error());
    }
    if (in.channels.size() * kEach > kMaxResults) {
      return fail(Code::kInvalid,
                  fmt::format("timings of {} channels are too many results", in.channels.size()),
                  {}, fmt::format("at most {} channels", kMaxResults / kEach));
    }
    const auto length = length_of(params, "length", in.rate_hz, 2, kLongest);
    if (!length) return tl::unexpected(length.error());
    length_ = *length;
    rate_hz_ = in.rate_hz;
    sample_s_ = 1 / in.rate_hz.value();
    lines_.resize(in.channels.size());
    results_.resize(in.channels.size() * kEach);

    SignalInfo out = in;
    out.kind = Kind::kScalars;
    out.is_logic = false;
    out.max_count = 0;
    out.results.clear();
    for (const auto& [name, unit] : kResults) out.results.push_back({name, unit});
    return out;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    if (!in_chunk_) open(in);
    if (done_ == 0) {
      start_ = in.first_index + at_;
      marks_ = {};
      marks_.add(in);
    }
    const std::size_t count = std::min<std::uint64_t>(length_ - done_, in.count - at_);
    for (std::size_t c = 0; c < lines_.size(); ++c)
      lines_[c].add(in.planes[c] + at_, count, in.first_index + at_);
    done_ += count;
    at_ += count;
    if (done_ < length_) {
      in_chunk_ = false;
      return Yield::kNone;
    }
    done_ = 0;
    place(in, start_, rate_hz_, out);
    describe(marks_, gaps_, out);
    for (std::size_t c = 0; c < lines_.size(); ++c) evaluate(lines_[c].take(), c * kEach);
    out.count = 0;
    out.triggers = {};
    out.results = results_;
    return Yield::kMore;
  }

  void adopt(Block& before) noexcept override {
    auto& other = static_cast<LogicTiming&>(before);
    gaps_ = other.gaps_;
    continuity_ = other.continuity_;
    if (other.done_ >= length_) return;
    done_ = other.done_;
    start_ = other.start_;
    marks_ = other.marks_;
    std::swap(lines_, other.lines_);
  }

 private:
  void open(const Chunk& in) noexcept {
    in_chunk_ = true;
    at_ = 0;
    gaps_.add(in.gap_before);
    if (!continuity_.follows(in)) {
      done_ = 0;
      for (LineTiming& line : lines_) line.reset();
    }
    marks_.add(in);
  }

  void evaluate(const TimingSums& sums, std::size_t at) noexcept {
    const double sigma_s = sample_s_ / std::sqrt(6.0);
    results_[at] = {static_cast<double>(sums.edges), 0, ""};
    for (std::size_t k = 1; k < 4; ++k) results_[at + k] = {kUnknown, kUnknown, kNoPeriod};
    if (sums.periods > 0) {
      const auto m = static_cast<double>(sums.periods);
      const double time_s = static_cast<double>(sums.period_samples) * sample_s_;
      const double f_hz = m / time_s;
      const double duty =
          static_cast<double>(sums.high_samples) / static_cast<double>(sums.period_samples);
      results_[at + 1] = {f_hz, f_hz * f_hz * sigma_s / m, ""};
      results_[at + 2] = {time_s / m, sigma_s / m, ""};
      // 2 m edges within, of which the first rising one counts for 1 - duty, and the last for duty.
      const double edges = 2 * m - 1 + (1 - duty) * (1 - duty) + duty * duty;
      results_[at + 3] = {duty, sample_s_ * std::sqrt(edges / 12) / time_s, ""};
    }
    const auto width = [&](std::size_t k, bool is_there, std::uint64_t samples) {
      results_[at + k] = is_there
                             ? ScalarResult{static_cast<double>(samples) * sample_s_, sigma_s, ""}
                             : ScalarResult{kUnknown, kUnknown, kNoPulse};
    };
    width(4, sums.high.longest > 0, sums.high.shortest);
    width(5, sums.high.longest > 0, sums.high.longest);
    width(6, sums.low.longest > 0, sums.low.shortest);
    width(7, sums.low.longest > 0, sums.low.longest);
  }

  Rational rate_hz_;
  double sample_s_ = 1;
  std::uint64_t length_ = 2;
  std::vector<LineTiming> lines_;  // of each channel
  std::vector<ScalarResult> results_;
  std::uint64_t done_ = 0;   // samples of the present piece
  std::uint64_t start_ = 0;  // index of its first
  Continuity continuity_;
  Gap gaps_;  // since the last piece
  Marks marks_;
  bool in_chunk_ = false;
  std::size_t at_ = 0;  // place in the present chunk
};

constexpr ParamSpec kParams[] = {
    samples_param("length", 2, kLongest, "samples of a piece"),
    time_param("length_time"),
};

}  // namespace

extern const BlockEntry block_logic_timing;
const BlockEntry block_logic_timing{
    .name = "logic_timing",
    .summary = "edges, frequency, period, duty and pulse widths of each logic channel",
    .params = kParams,
    .latency = "length - 1 samples",
    .cost = "1 comparison, 10 operations an edge",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<LogicTiming>(); },
    .example = [] { return Table{{"length", 100.0}}; },
    .input = Kind::kLogic,
    .takes_logic = true,
};

}  // namespace acq
