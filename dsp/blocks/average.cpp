// average: mean, exponential mean, highest or lowest value of successive records or spectra.
//
// In       (channels, values) float32, any unit; record or spectrum
// Out      the same shape, unit and x axis; index and time of the first input of a mean, of the
//          newest input otherwise; the x axis of a mean starts at the mean of theirs
// Params   mode   mean: of `count` inputs, one output for them all; exponential: y += alpha (x -
//                 y), one output for each input, the first as it is; max_hold, min_hold: of all
//                 inputs since the start or the last `count`-th, one output for each; mean
//          count  inputs, 1 to 10^9; mean: 10; holds: never starts anew; not for exponential
//          alpha  above 0 to 1; exponential only: 0.1
// Latency  mean: count - 1 inputs; else none
// Cost     2 float64 operations a value
// Errors   kInvalid: neither record nor spectrum, a parameter the mode has no use for
// Numerics float64 sums; NaN: mean gives NaN for that value; exponential gives NaN and starts anew
//          with the next; the holds ignore it (NaN when there was nothing else); decibels are
//          averaged as the numbers they are
// Gaps     hold: whole inputs are averaged across gaps, which the next output tells; a new epoch
//          starts anew
// Source   Lyons, Understanding Digital Signal Processing, 3rd ed., 11.5 (exponential)
// Checked  tests/dsp/average_test.cpp, closed form; tests/validation, numpy, scipy.signal.lfilter
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dsp/base/planes.h"
#include "dsp/framing.h"

namespace acq {
namespace {

enum class Mode : std::uint8_t { kMean, kExponential, kMaxHold, kMinHold };

constexpr std::string_view kModes[] = {"mean", "exponential", "max_hold", "min_hold"};
constexpr std::uint64_t kForever = 0;

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
    count_ = params.has("count")    ? static_cast<std::uint64_t>(params.integer("count"))
             : mode_ == Mode::kMean ? 10
                                    : kForever;
    alpha_ = params.has("alpha") ? params.number("alpha") : 0.1;
    if (!(alpha_ > 0)) {
      return fail(Code::kInvalid, fmt::format("alpha is {}", alpha_), "alpha", "above 0 to 1");
    }
    state_.resize(in.channels.size() * in.max_count);
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
    axis_start_ += in.axis_start;
    for (std::size_t c = 0; c < in.channels; ++c) {
      take({in.planes[c], in.count}, state_.data() + c * in.count);
    }
    if (mode_ == Mode::kMean && done_ < count_) return Yield::kNone;
    put_out(in, out);
    return Yield::kLast;
  }

  void adopt(Block& before) noexcept override {
    auto& other = static_cast<Average&>(before);
    gaps_ = other.gaps_;
    if (mode_ != other.mode_ || (count_ != kForever && other.done_ >= count_)) return;
    std::swap(state_, other.state_);
    done_ = other.done_;
    first_ = other.first_;
    marks_ = other.marks_;
    axis_start_ = other.axis_start_;
  }

 private:
  void take(std::span<const float> x, double* state) const noexcept {
    if (done_ == 1) {
      std::copy(x.begin(), x.end(), state);
      return;
    }
    const auto each = [&](auto next) {
      for (std::size_t i = 0; i < x.size(); ++i) {
        state[i] = next(state[i], static_cast<double>(x[i]));
      }
    };
    switch (mode_) {
      case Mode::kMean: each([](double y, double v) { return y + v; }); break;
      case Mode::kExponential:
        each([this](double y, double v) { return std::isnan(y) ? v : y + alpha_ * (v - y); });
        break;
      case Mode::kMaxHold: each([](double y, double v) { return y >= v || v != v ? y : v; }); break;
      case Mode::kMinHold: each([](double y, double v) { return y <= v || v != v ? y : v; }); break;
    }
  }

  void put_out(const Chunk& in, Chunk& out) noexcept {
    const double scale = mode_ == Mode::kMean ? 1 / static_cast<double>(done_) : 1;
    for (std::size_t c = 0; c < in.channels; ++c) {
      const double* state = state_.data() + c * in.count;
      for (std::size_t i = 0; i < in.count; ++i) out_[c][i] = static_cast<float>(state[i] * scale);
    }
    out_.lend(out.planes);
    out.triggers = {};
    out.results = {};
    if (mode_ == Mode::kMean) {
      out.first_index = first_.first_index;
      out.stamp = first_.stamp;
      out.stamp.host_rx_ns = in.stamp.host_rx_ns;
      out.axis_start = axis_start_ * scale;
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

  std::vector<double> state_;  // channel by channel
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
     .text = "inputs of one mean (10 when not given), or after which a hold starts anew (never)"},
    {.name = "alpha",
     .min = 0,
     .max = 1,
     .text = "weight of the newest input in the exponential mean; 0.1 when not given"},
};

}  // namespace

extern const BlockEntry block_average;
const BlockEntry block_average{
    .name = "average",
    .summary = "mean, exponential mean, highest or lowest of successive records or spectra",
    .params = kParams,
    .latency = "count - 1 inputs",
    .cost = "2 float64 operations a value",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Average>(); },
    .example = [] { return Table{{"count", 3.0}}; },
    .input = Kind::kSpectrum,
};

}  // namespace acq
