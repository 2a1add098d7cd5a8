// transfer_function: gain, phase, coherence or cross-spectrum of one signal and another.
//
// In       (2 signals, length) float32; record without results; the first half of the channels are the
//          causes x, the second half the effects y: what segment makes of a pipeline of two inputs
// Out      (signals, length / 2 + 1) float32; one-sided spectrum, one for each `count` records
// Params   output         h1: |Sxy / Sxx| (noise in y averages out); h2: |Syy / Syx| (noise in x does),
//                         both in y's unit per x's; phase: of Sxy, -180 to 180 deg, negative where y is
//                         late; coherence: |Sxy|^2 / (Sxx Syy), 0 to 1; cross_density: |Sxy|, in both
//                         units per Hz; h1
//          count          records that are averaged, 1 to 10^9, 16
//          window         name of a window (periodic), hann
//          window_params  the window's own numbers, none
//          detrend        none, or constant: subtract each record's mean first; constant
// Latency  count - 1 records
// Cost     5 log2(length) + 15 float64 operations a value of x and y
// Errors   kInvalid: not a record, an odd number of channels, unknown window or wrong window_params
// Numerics float64, rounded to float32 once; where x (h1), Sxy (h2) or either (coherence) has nothing the
//          output is 0; one record always has coherence 1; a NaN spoils its channel of that output
// Gaps     hold: records are averaged across gaps, which the next output tells; a new epoch starts anew
// Source   Bendat and Piersol, Random Data, 4th ed., 2010, 6.1 and 9.2
// Checked  tests/dsp/transfer_function_test.cpp, closed form; tests/validation, scipy.signal csd,
//          coherence
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "dsp/framing.h"
#include "dsp/math/spectral.h"
#include "dsp/records.h"
#include "dsp/spectra.h"

namespace acq {
namespace {

enum class Output : std::uint8_t { kH1, kH2, kPhase, kCoherence, kCrossDensity };
constexpr std::string_view kOutputs[] = {"h1", "h2", "phase", "coherence", "cross_density"};

class TransferFunction final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "transfer_function", {Kind::kRecord}); !fits) {
      return tl::unexpected(fits.error());
    }
    if (in.channels.size() % 2 != 0) {
      return fail(Code::kInvalid, fmt::format("{} channels make no pairs", in.channels.size()), {},
                  "an even number of channels");
    }
    const auto window = spectrum_window(params, in.max_count);
    if (!window) return tl::unexpected(window.error());
    for (std::size_t n = 0; n < in.channels.size() / 2; ++n) {
      auto sums = CrossSums::make(*window, params.text("detrend") == "constant");
      if (!sums) return tl::unexpected(sums.error());
      sums_.push_back(std::move(*sums));
    }
    output_ = static_cast<Output>(
        std::find(std::begin(kOutputs), std::end(kOutputs), params.text("output")) - kOutputs);
    count_ = static_cast<std::uint64_t>(params.integer("count"));
    const double squares = std::inner_product(window->begin(), window->end(), window->begin(), 0.0);
    scale_ = 1 / (in.rate_hz.value() * squares);
    length_ = in.max_count;
    x_.resize(length_);
    y_.resize(length_);
    spectrum_.resize(sums_.front().bins());
    out_ = Planes(sums_.size(), spectrum_.size());
    return describe_output(in);
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    gaps_.add(in.gap_before);
    if (done_ > 0 && in.epoch != first_.epoch) done_ = 0;
    if (done_ == 0) {
      first_ = in;
      marks_ = {};
      for (CrossSums& sums : sums_) sums.clear();
    }
    ++done_;
    marks_.add(in);
    for (std::size_t n = 0; n < sums_.size(); ++n) {
      std::copy_n(in.planes[n], length_, x_.begin());
      std::copy_n(in.planes[sums_.size() + n], length_, y_.begin());
      sums_[n].add(x_, y_);
    }
    if (done_ < count_) return Yield::kNone;
    for (std::size_t n = 0; n < sums_.size(); ++n) {
      evaluate(sums_[n]);
      round_to(spectrum_, out_[n]);
    }
    put_out(in, out);
    return Yield::kLast;
  }

  void adopt(Block& before) noexcept override {
    auto& other = static_cast<TransferFunction&>(before);
    gaps_ = other.gaps_;
    if (length_ != other.length_ || other.done_ >= count_) return;
    for (std::size_t n = 0; n < sums_.size(); ++n) sums_[n].adopt(other.sums_[n]);
    done_ = other.done_;
    first_ = other.first_;
    marks_ = other.marks_;
  }

 private:
  void evaluate(const CrossSums& sums) noexcept {
    const auto xx = sums.xx(), yy = sums.yy();
    const auto xy = sums.xy();
    const auto ratio = [](double above, double below) { return below == 0 ? 0 : above / below; };
    for (std::size_t k = 0; k < spectrum_.size(); ++k) {
      const double size = std::abs(xy[k]);
      const bool is_alone = k == 0 || 2 * k == length_;
      double& to = spectrum_[k];
      switch (output_) {
        case Output::kH1: to = ratio(size, xx[k]); break;
        case Output::kH2: to = ratio(yy[k], size); break;
        case Output::kPhase: to = std::arg(xy[k]) * 180 / std::numbers::pi; break;
        case Output::kCoherence: to = ratio(ratio(size, xx[k]) * size, yy[k]); break;
        case Output::kCrossDensity:
          to = size * scale_ * (is_alone ? 1 : 2) / static_cast<double>(done_);
          break;
      }
    }
  }

  void put_out(const Chunk& in, Chunk& out) noexcept {
    out_.lend(out.planes);
    out.channels = static_cast<std::uint32_t>(sums_.size());
    out.count = static_cast<std::uint32_t>(spectrum_.size());
    out.axis_start.reset();
    out.triggers = {};
    out.results = {};
    out.first_index = first_.first_index;
    out.stamp = first_.stamp;
    out.stamp.host_rx_ns = in.stamp.host_rx_ns;
    const std::uint64_t both = marks_.overrange_low | marks_.overrange_high;
    const std::size_t signals = sums_.size();
    const std::uint64_t mask = (std::uint64_t{1} << signals) - 1;
    marks_.overrange_low = marks_.overrange_high = (both | both >> signals) & mask;
    describe(marks_, gaps_, out);
    done_ = 0;
  }

  SignalInfo describe_output(const SignalInfo& in) const {
    SignalInfo out = in;
    out.kind = Kind::kSpectrum;
    out.max_count = spectrum_.size();
    out.axis = {"frequency", "Hz", AxisRule::kLinear, 0,
                in.rate_hz.value() / static_cast<double>(in.max_count)};
    out.results = {};
    out.channels.resize(sums_.size());
    for (std::size_t n = 0; n < sums_.size(); ++n) {
      const Channel& x = in.channels[n];
      const Channel& y = in.channels[sums_.size() + n];
      Channel& channel = out.channels[n];
      channel.label = fmt::format("{} of {}", kOutputs[static_cast<std::size_t>(output_)],
                                  y.label.empty() ? y.id : y.label);
      channel.quantity = "transfer function";
      channel.range_min = channel.range_max = 0;
      const bool cancels = output_ != Output::kCrossDensity;
      if (cancels || x.calibration != y.calibration) channel.calibration = {};
      switch (output_) {
        case Output::kH1:
        case Output::kH2: channel.unit = quotient_unit(y.unit, x.unit); break;
        case Output::kPhase: channel.unit = "deg"; break;
        case Output::kCoherence: channel.unit = "1"; break;
        case Output::kCrossDensity:
          channel.unit = quotient_unit(product_unit(x.unit, y.unit), "Hz");
          break;
      }
    }
    return out;
  }

  Output output_ = Output::kH1;
  std::uint64_t count_ = 1;
  double scale_ = 1;  // of a density
  std::size_t length_ = 0;
  std::vector<CrossSums> sums_;  // of each pair of signals
  std::vector<double> x_;
  std::vector<double> y_;
  std::vector<double> spectrum_;
  Planes out_;
  std::uint64_t done_ = 0;  // records in the sums
  ChunkFacts first_;        // the first of them
  Marks marks_;
  Gap gaps_;  // since the last output
};

constexpr ParamSpec kParams[] = {
    {.name = "output",
     .type = ParamType::kChoice,
     .fallback = "h1",
     .text = "what is told of each frequency",
     .choices = kOutputs},
    {.name = "count",
     .type = ParamType::kInteger,
     .min = 1,
     .max = 1e9,
     .fallback = "16",
     .text = "records that are averaged"},
    kSpectrumWindowParam,
    kWindowParamsParam,
    kSegmentDetrendParam,
};

}  // namespace

extern const BlockEntry block_transfer_function;
const BlockEntry block_transfer_function{
    .name = "transfer_function",
    .summary = "gain, phase, coherence or cross-spectrum of one signal and another",
    .params = kParams,
    .latency = "count - 1 records",
    .cost = "5 log2 length + 15 float64 operations",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<TransferFunction>(); },
    .example = [] { return Table{{"output", "coherence"}, {"count", 4.0}}; },
    .input = Kind::kRecord,
    .min_channels = 2,
};

}  // namespace acq
