// goertzel: amplitude and phase of single frequencies in each record.
//
// In       (channels, values) float32, any unit u; record without results
// Out      2 results for each frequency and channel: amplitude_1 (u), phase_1 (deg, of a cosine at the
//          record's first sample), amplitude_2 ...
// Params   frequencies    1 to 32 numbers, Hz, from 0 to half the rate, no default
//          window         name of a window (periodic), hann
//          window_params  the window's own numbers, none
// Latency  0 samples beyond the record
// Cost     2 float64 multiply-adds a value for each frequency
// Errors   kInvalid: not a record; no, too many or wrong frequencies; a window that sums to 0; more than
//          256 results in all
// Numerics float64; a sine of amplitude A that fits the window reads A; error about 1e-16 length A. A
//          sample that is not finite makes its channel's results invalid
// Source   Goertzel 1958; Sysel and Rajmic, EURASIP J. Advances in Signal Processing 2012:56
// Checked  tests/dsp/goertzel_test.cpp, closed form; tests/validation, numpy
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "dsp/base/frame.h"
#include "dsp/base/units.h"
#include "dsp/framing.h"
#include "dsp/math/spectral.h"
#include "dsp/spectra.h"

namespace acq {
namespace {

constexpr std::size_t kMostFrequencies = 32;

class GoertzelBlock final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "goertzel", {Kind::kRecord}); !fits) {
      return tl::unexpected(fits.error());
    }
    if (const auto good = read_frequencies(params, in.rate_hz.value()); !good) {
      return tl::unexpected(good.error());
    }
    auto window = spectrum_window(params, in.max_count);
    if (!window) return tl::unexpected(window.error());
    window_ = std::move(*window);
    sum_ = std::accumulate(window_.begin(), window_.end(), 0.0);
    if (!(sum_ > 0)) {
      return fail(Code::kInvalid, fmt::format("window '{}' sums to zero", params.text("window")),
                  "window");
    }
    const std::size_t each = 2 * frequencies_.size();
    if (in.channels.size() * each > kMaxResults) {
      return fail(Code::kInvalid,
                  fmt::format("{} frequencies of {} channels are too many results",
                              frequencies_.size(), in.channels.size()),
                  "frequencies", fmt::format("{} results in all", kMaxResults));
    }
    values_.resize(in.max_count);
    results_.resize(in.channels.size() * each);
    SignalInfo out = in;
    out.kind = Kind::kScalars;
    out.max_count = 0;
    out.results.clear();
    const std::string unit = common_unit(in);
    for (std::size_t i = 1; i <= frequencies_.size(); ++i) {
      out.results.push_back({fmt::format("amplitude_{}", i), unit});
      out.results.push_back({fmt::format("phase_{}", i), "deg"});
    }
    return out;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    ScalarResult* to = results_.data();
    for (std::size_t c = 0; c < in.channels; ++c) {
      std::transform(in.planes[c], in.planes[c] + in.count, window_.begin(), values_.begin(),
                     [](float x, double w) { return static_cast<double>(x) * w; });
      for (const double frequency : frequencies_) {
        evaluate(frequency, to);
        to += 2;
      }
    }
    out.count = 0;
    out.triggers = {};
    out.results = results_;
    return Yield::kLast;
  }

 private:
  Result<void> read_frequencies(const Params& params, double rate_hz) {
    if (params.has("frequencies")) frequencies_ = params.numbers("frequencies");
    if (frequencies_.empty() || frequencies_.size() > kMostFrequencies) {
      return fail(Code::kInvalid, fmt::format("there are {} frequencies", frequencies_.size()),
                  "frequencies", fmt::format("1 to {} numbers", kMostFrequencies));
    }
    for (double& frequency : frequencies_) {
      if (!(frequency >= 0 && frequency <= rate_hz / 2)) {
        return fail(Code::kInvalid,
                    fmt::format("a frequency is {} at a rate of {}",
                                format_quantity(frequency, "Hz"), format_quantity(rate_hz, "Hz")),
                    "frequencies", fmt::format("0 Hz to {}", format_quantity(rate_hz / 2, "Hz")));
      }
      frequency /= rate_hz;
    }
    return {};
  }

  void evaluate(double frequency, ScalarResult* to) const noexcept {
    std::complex<double> sum = goertzel(values_, frequency);
    const bool is_alone = frequency == 0 || frequency == 0.5;
    if (is_alone) sum = sum.real();  // a phase of 0 or 180 deg, whatever rounding says
    const double amplitude = std::abs(sum) * (is_alone ? 1 : 2) / sum_;
    if (!std::isfinite(amplitude)) {
      to[0] = to[1] = {kUnknown, kUnknown, "a sample is not finite"};
      return;
    }
    to[0] = {amplitude, kUnknown, ""};
    to[1] = {std::arg(sum) * 180 / std::numbers::pi, kUnknown, ""};
    if (amplitude == 0) to[1] = {kUnknown, kUnknown, "there is no signal"};
  }

  std::vector<double> frequencies_;  // fractions of the rate
  std::vector<double> window_;
  double sum_ = 1;
  std::vector<double> values_;
  std::vector<ScalarResult> results_;
};

constexpr ParamSpec kParams[] = {
    {.name = "frequencies",
     .type = ParamType::kNumbers,
     .unit = "Hz",
     .min = 0,
     .text = "what is looked for; up to half the rate"},
    kSpectrumWindowParam,
    kWindowParamsParam,
};

}  // namespace

extern const BlockEntry block_goertzel;
const BlockEntry block_goertzel{
    .name = "goertzel",
    .summary = "amplitude and phase of single frequencies in each record",
    .params = kParams,
    .cost = "2 float64 multiply-adds for each frequency",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<GoertzelBlock>(); },
    .example = [] { return Table{{"frequencies", List{20.0, 57.5}}}; },
    .input = Kind::kRecord,
};

}  // namespace acq
