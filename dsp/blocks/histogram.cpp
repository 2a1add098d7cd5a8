// histogram: how often each range of values occurs in a record or a piece of a waveform.
//
// In       (channels, samples) float32, one unit u for all; record, or waveform with `length`
// Out      (channels, bins) float32; record whose x axis is the middle of the bins, in u; 3 results for
//          each channel: below, above and nan, the samples that are in no bin
// Params   bins                 1 to 65536, 256
//          lower, upper         u, the range of all bins; the channels' declared range when not given
//          output               counts; density (1/u): counts over width and over all in the range, as
//                               numpy.histogram; fraction: counts over all samples; counts
//          length, length_time  samples or seconds of a piece of a waveform, 1 or more; no default for a
//                               waveform, not for a record
// Latency  length - 1 samples for the first sample of a piece
// Cost     5 comparisons in float64
// Errors   kInvalid: neither waveform nor record, channels of several units, no range or an empty one,
//          length missing or given for records, too many channels for the bins
// Numerics edges in float64, the last bin holds `upper` itself; counts exact up to 2^24, beyond it
//          rounded to float32; the density of nothing is 0
// Gaps     reset: the piece of a waveform that a gap interrupts is dropped, the next one starts behind
//          the gap and tells it
// Source   numpy.histogram; DataLab takes the range from the data, which no running histogram can
// Checked  tests/dsp/histogram_test.cpp, closed form; tests/validation, numpy.histogram
#include "dsp/math/histogram.h"

#include <fmt/format.h>

#include <algorithm>

#include "dsp/base/planes.h"
#include "dsp/measuring.h"
#include "dsp/pieces.h"

namespace acq {
namespace {

enum class Output : std::uint8_t { kCounts, kDensity, kFraction };

constexpr std::string_view kOutputs[] = {"counts", "density", "fraction"};
constexpr const char* kNames[] = {"below", "above", "nan"};
constexpr std::size_t kEach = std::size(kNames);

class HistogramBlock final : public PieceBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    const auto fits = need_kind(in, "histogram", {Kind::kWaveform, Kind::kRecord});
    if (!fits) return tl::unexpected(fits.error());
    if (const auto length = read_length(in, params); !length) {
      return tl::unexpected(length.error());
    }
    const auto bins = static_cast<std::size_t>(params.integer("bins"));
    if (bins * in.channels.size() > kMaxPieceSamples) {
      return fail(Code::kInvalid, fmt::format("{} bins for {} channels", bins, in.channels.size()),
                  "bins", fmt::format("1 to {}", kMaxPieceSamples / in.channels.size()));
    }
    const auto range = value_range(in.channels, params);
    if (!range) return tl::unexpected(range.error());
    output_ = static_cast<Output>(choice_of(kOutputs, params.text("output")));
    histograms_.assign(in.channels.size(), Histogram(range->lower, range->upper, bins));
    results_.resize(in.channels.size() * kEach);
    planes_ = Planes(in.channels.size(), bins);
    return described(in, *range);
  }

 private:
  SignalInfo described(const SignalInfo& in, const ValueRange& range) const {
    const std::string& unit = in.channels[0].unit;
    SignalInfo out = in;
    out.kind = Kind::kRecord;
    out.max_count = planes_.count();
    const double width = histograms_[0].width();
    out.axis = {"value", unit, AxisRule::kLinear, range.lower + width / 2, width};
    out.results.clear();
    for (const char* name : kNames) out.results.push_back({name, "1"});
    for (Channel& channel : out.channels) {
      channel.quantity = kOutputs[static_cast<std::size_t>(output_)];
      channel.unit = output_ == Output::kDensity ? inverse_unit(unit) : "1";
      if (output_ != Output::kDensity) channel.calibration = {};  // counts
      channel.range_min = channel.range_max = 0;
    }
    return out;
  }

  void clear() noexcept override {
    for (Histogram& histogram : histograms_) histogram.clear();
  }

  void add(const Chunk& in, std::size_t from, std::size_t to) noexcept override {
    for (std::size_t c = 0; c < histograms_.size(); ++c) {
      histograms_[c].add(std::span<const float>{in.planes[c] + from, to - from});
    }
  }

  void finish(Chunk& out) noexcept override {
    for (std::size_t c = 0; c < histograms_.size(); ++c) {
      const Histogram& histogram = histograms_[c];
      const double scale = scale_of(histogram);
      std::transform(
          histogram.counts().begin(), histogram.counts().end(), planes_[c],
          [&](std::uint64_t n) { return static_cast<float>(static_cast<double>(n) * scale); });
      ScalarResult* const results = results_.data() + c * kEach;
      results[0] = {static_cast<double>(histogram.below()), kUnknown, ""};
      results[1] = {static_cast<double>(histogram.above()), kUnknown, ""};
      results[2] = {static_cast<double>(histogram.not_numbers()), kUnknown, ""};
    }
    planes_.lend(out.planes);
    out.count = static_cast<std::uint32_t>(planes_.count());
    out.axis_start.reset();
    out.results = results_;
  }

  [[nodiscard]] double scale_of(const Histogram& histogram) const noexcept {
    const auto inside = static_cast<double>(histogram.inside());
    switch (output_) {
      case Output::kCounts: break;
      case Output::kDensity: return inside > 0 ? 1 / (inside * histogram.width()) : 0;
      case Output::kFraction: return 1 / static_cast<double>(histogram.total());
    }
    return 1;
  }

  bool adopt_piece(PieceBlock& before) noexcept override {
    auto& other = static_cast<HistogramBlock&>(before);
    if (!histograms_[0].counts_like(other.histograms_[0])) return false;
    std::swap(histograms_, other.histograms_);
    return true;
  }

  Output output_ = Output::kCounts;
  std::vector<Histogram> histograms_;  // of each channel
  std::vector<ScalarResult> results_;
  Planes planes_;
};

constexpr ParamSpec kParams[] = {
    {.name = "bins",
     .type = ParamType::kInteger,
     .min = 1,
     .max = 65536,
     .fallback = "256",
     .text = "ranges of equal width"},
    kLowerParam,
    kUpperParam,
    {.name = "output",
     .type = ParamType::kChoice,
     .fallback = "counts",
     .text = "what each bin tells",
     .choices = kOutputs},
    kPieceLengthParam,
    kPieceLengthTimeParam,
};

}  // namespace

extern const BlockEntry block_histogram;
const BlockEntry block_histogram{
    .name = "histogram",
    .summary = "how often each range of values occurs",
    .params = kParams,
    .latency = "length - 1 samples",
    .cost = "5 float64 comparisons",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<HistogramBlock>(); },
    .example =
        [] { return Table{{"bins", 50.0}, {"lower", -1.5}, {"upper", 1.5}, {"length", 200.0}}; },
};

}  // namespace acq
