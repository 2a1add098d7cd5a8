// average: mean, exponential mean, rms, deviation, median or extreme of successive records, spectra.
//
// In       (channels, values) float32, any unit; record or spectrum
// Out      the same shape, unit and x axis; index and time of the first input of a group, of the
//          newest input otherwise; the x axis of a group starts at the mean of theirs
// Params   mode   of groups of `count` inputs, one output for each group: mean, rms (sqrt of the mean
//                 of x^2), std (sqrt of the mean of (x - mean)^2), median (mean of the two in the
//                 middle when count is even); exponential: y += alpha (x - y), one output for each
//                 input, the first as it is; max_hold, min_hold: of all inputs since the start or the
//                 last `count`-th, one output for each; mean
//          count  inputs, 1 to 10^9; of groups 10; holds: never starts anew; not for exponential; a
//                 median keeps them all, at most 2^24 values over all channels
//          alpha  above 0 to 1; exponential only: 0.1
// Latency  groups: count - 1 inputs; else none
// Cost     2 float64 operations a value; std 4; median a selection among count values at the end
// Errors   kInvalid: neither record nor spectrum, a parameter the mode has no use for, a count too
//          large for a median
// Numerics float64 sums; NaN: a group gives NaN for that value; exponential gives NaN and starts anew
//          with the next; the holds ignore it (NaN when there was nothing else); decibels are
//          averaged as the numbers they are
// Gaps     hold: whole inputs are averaged across gaps, which the next output tells; a new epoch
//          starts anew
// Source   Lyons, Understanding Digital Signal Processing, 3rd ed., 11.5 (exponential); Welford,
//          Technometrics 4 (1962) 419 (std)
// Checked  tests/dsp/average_test.cpp, closed form; tests/validation, numpy, scipy.signal.lfilter
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dsp/base/planes.h"
#include "dsp/framing.h"

namespace acq {
namespace {

enum class Mode : std::uint8_t { kMean, kExponential, kMaxHold, kMinHold, kRms, kStd, kMedian };

constexpr std::string_view kModes[] = {"mean", "exponential", "max_hold", "min_hold",
                                       "rms",  "std",         "median"};
constexpr std::uint64_t kForever = 0;

// Whether one output is made of `count` inputs.
constexpr bool makes_groups(Mode mode) noexcept {
  return mode != Mode::kExponential && mode != Mode::kMaxHold && mode != Mode::kMinHold;
}

// The median of `values`, which it puts in another order. NaN when one of them is.
double median_of(std::span<float> values) noexcept {
  if (std::any_of(values.begin(), values.end(), [](float v) { return std::isnan(v); })) {
    return kUnknown;
  }
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return static_cast<double>(*middle);
  const float below = *std::max_element(values.begin(), middle);
  return (static_cast<double>(below) + static_cast<double>(*middle)) / 2;
}

class Average final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "average", {Kind::kRecord, Kind::kSpectrum}); !fits) {
      return tl::unexpected(fits.error());
    }
    const std::string& mode = params.text("mode");
    mode_ = static_cast<Mode>(std::find(std::begin(kModes), std::end(kModes), mode) - kModes);
    const char* useless = mode_ == Mode::kExponential ? "count" : "alpha";
    if (params.has(useless)) {
      return fail(Code::kInvalid, fmt::format("mode {} has no {}", mode, useless), useless,
                  fmt::format("no {}", useless));
    }
    count_ = params.has("count")   ? static_cast<std::uint64_t>(params.integer("count"))
             : makes_groups(mode_) ? 10
                                   : kForever;
    alpha_ = params.has("alpha") ? params.number("alpha") : 0.1;
    if (!(alpha_ > 0)) {
      return fail(Code::kInvalid, fmt::format("alpha is {}", alpha_), "alpha", "above 0 to 1");
    }
    const std::size_t values = in.channels.size() * in.max_count;
    state_.resize(values);
    if (mode_ == Mode::kStd) mean_.resize(values);
    if (mode_ == Mode::kMedian) {
      if (count_ > kMaxPieceSamples / values) {
        return fail(Code::kInvalid, fmt::format("a median of {} inputs keeps them all", count_),
                    "count", fmt::format("1 to {}", kMaxPieceSamples / values));
      }
      inputs_.resize(values * count_);
    }
    out_ = Planes(in.channels.size(), in.max_count);
    SignalInfo out = in;
    out.results = {};
    return out;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    gaps_.add(in.gap_before);
    if (done_ > 0 && in.epoch != first_.epoch) done_ = 0;
    if (done_ == 0) {
      first_ = in;
      marks_ = {};
      axis_start_ = 0;
    }
    ++done_;
    marks_.add(in);
    axis_start_ += in.axis_start.value_or(0);
    for (std::size_t c = 0; c < in.channels; ++c) {
      take({in.planes[c], in.count}, c * in.count);
    }
    if (makes_groups(mode_) && done_ < count_) return Yield::kNone;
    put_out(in, out);
    return Yield::kLast;
  }

  void adopt(Block& before) noexcept override {
    auto& other = static_cast<Average&>(before);
    gaps_ = other.gaps_;
    if (mode_ != other.mode_ || (count_ != kForever && other.done_ >= count_)) return;
    if (inputs_.size() != other.inputs_.size()) return;  // a median of another count
    std::swap(state_, other.state_);
    std::swap(mean_, other.mean_);
    std::swap(inputs_, other.inputs_);
    done_ = other.done_;
    first_ = other.first_;
    marks_ = other.marks_;
    axis_start_ = other.axis_start_;
  }

 private:
  // One channel's input; `at` is its place in state_.
  void take(std::span<const float> x, std::size_t at) noexcept {
    double* const state = state_.data() + at;
    if (mode_ == Mode::kMedian) {  // side by side for each value
      float* const to = inputs_.data() + at * count_ + (done_ - 1);
      for (std::size_t i = 0; i < x.size(); ++i) to[i * count_] = x[i];
      return;
    }
    if (mode_ == Mode::kStd) {
      add_deviation(x, mean_.data() + at, state);
      return;
    }
    if (done_ == 1) {
      std::copy(x.begin(), x.end(), state);
      if (mode_ == Mode::kRms) {
        std::transform(state, state + x.size(), state, [](double v) { return v * v; });
      }
      return;
    }
    const auto each = [&](auto next) {
      for (std::size_t i = 0; i < x.size(); ++i) {
        state[i] = next(state[i], static_cast<double>(x[i]));
      }
    };
    switch (mode_) {
      case Mode::kExponential:
        each([this](double y, double v) { return std::isnan(y) ? v : y + alpha_ * (v - y); });
        break;
      case Mode::kMaxHold: each([](double y, double v) { return y >= v || v != v ? y : v; }); break;
      case Mode::kMinHold: each([](double y, double v) { return y <= v || v != v ? y : v; }); break;
      case Mode::kRms: each([](double y, double v) { return y + v * v; }); break;
      default: each([](double y, double v) { return y + v; }); break;
    }
  }

  void add_deviation(std::span<const float> x, double* mean, double* squares) const noexcept {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto v = static_cast<double>(x[i]);
      if (done_ == 1) mean[i] = squares[i] = 0;
      const double before = v - mean[i];
      mean[i] += before / static_cast<double>(done_);
      squares[i] += before * (v - mean[i]);
    }
  }

  [[nodiscard]] float result(std::size_t at) noexcept {
    const auto n = static_cast<double>(done_);
    switch (mode_) {
      case Mode::kMean: return static_cast<float>(state_[at] * (1 / n));
      case Mode::kRms:
      case Mode::kStd: return static_cast<float>(std::sqrt(state_[at] / n));
      case Mode::kMedian:
        return static_cast<float>(median_of({inputs_.data() + at * count_, done_}));
      default: return static_cast<float>(state_[at]);
    }
  }

  void put_out(const Chunk& in, Chunk& out) noexcept {
    for (std::size_t c = 0; c < in.channels; ++c) {
      for (std::size_t i = 0; i < in.count; ++i) out_[c][i] = result(c * in.count + i);
    }
    out_.lend(out.planes);
    out.triggers = {};
    out.results = {};
    if (makes_groups(mode_)) {
      out.first_index = first_.first_index;
      out.stamp = first_.stamp;
      out.stamp.host_rx_ns = in.stamp.host_rx_ns;
      if (in.axis_start) out.axis_start = axis_start_ * (1 / static_cast<double>(done_));
    }
    if (mode_ == Mode::kExponential) {
      marks_ = {};
      marks_.add(in);
    }
    describe(marks_, gaps_, out);
    if (done_ == count_) done_ = 0;
  }

  Mode mode_ = Mode::kMean;
  std::uint64_t count_ = 1;
  double alpha_ = 1;

  std::vector<double> state_;  // channel by channel: sums, holds or squared deviations
  std::vector<double> mean_;   // likewise, for std
  std::vector<float> inputs_;  // of a median: count_ of the first value, of the second ...
  std::uint64_t done_ = 0;     // inputs in it
  ChunkFacts first_;           // the first of them
  Marks marks_;
  double axis_start_ = 0;  // sum of theirs: the x axis of triggered records moves with each
  Gap gaps_;               // since the last output
  Planes out_;
};

constexpr ParamSpec kParams[] = {
    {.name = "mode",
     .type = ParamType::kChoice,
     .fallback = "mean",
     .text = "what is made of successive inputs",
     .choices = kModes},
    {.name = "count",
     .type = ParamType::kInteger,
     .min = 1,
     .max = 1e9,
     .text = "inputs of one group (10 when not given), or after which a hold starts anew (never)"},
    {.name = "alpha",
     .min = 0,
     .max = 1,
     .text = "weight of the newest input in the exponential mean; 0.1 when not given"},
};

}  // namespace

extern const BlockEntry block_average;
const BlockEntry block_average{
    .name = "average",
    .summary = "mean, exponential mean, rms, std, median, highest or lowest of successive inputs",
    .params = kParams,
    .latency = "count - 1 inputs",
    .cost = "2 float64 operations a value",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Average>(); },
    .example = [] { return Table{{"count", 3.0}}; },
    .input = Kind::kSpectrum,
};

}  // namespace acq
