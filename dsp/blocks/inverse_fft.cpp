// inverse_fft: the record that a complex spectrum is of.
//
// In       (2 signals, bins) float32, any unit; one-sided spectrum without results, unscaled, its axis
//          linear; the first half of the channels are the real parts, the second half the imaginary
//          parts: what fft makes with output complex
// Out      (signals, length) float32, the unit of the real parts; record with its x axis from 0 s
// Params   length  of the record: even (2 bins - 2 values) or odd (2 bins - 1); even
// Latency  0 samples beyond the spectrum
// Cost     2.5 log2(length) + 5 float64 operations a value
// Errors   kInvalid: not a spectrum, an odd number of channels, parts in different units, an axis that is not linear
// Numerics float64, rounded to float32 once; the imaginary parts at 0 Hz, and at half the rate of an even
//          length, count as 0; a NaN spoils its channel of that record
// Source   transform: FFTW; scaling as numpy.fft.irfft: fft without a window (boxcar) comes back as it was
// Checked  tests/dsp/inverse_fft_test.cpp, closed form; tests/validation, numpy.fft.irfft
#include <fmt/format.h>

#include <algorithm>
#include <complex>

#include "dsp/base/planes.h"
#include "dsp/framing.h"
#include "dsp/math/fft.h"
#include "dsp/records.h"

namespace acq {
namespace {

class InverseFft final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "inverse_fft", {Kind::kSpectrum}); !fits) {
      return tl::unexpected(fits.error());
    }
    if (in.channels.size() % 2 != 0) {
      return fail(Code::kInvalid, fmt::format("{} channels make no pairs", in.channels.size()), {},
                  "an even number of channels");
    }
    signals_ = in.channels.size() / 2;
    for (std::size_t n = 0; n < signals_; ++n) {
      const Channel &re = in.channels[n], &im = in.channels[signals_ + n];
      if (re.unit == im.unit) continue;
      return fail(Code::kInvalid,
                  fmt::format("{} is in {} and {} in {}", re.id, re.unit, im.id, im.unit), {},
                  "real and imaginary parts in one unit");
    }
    const auto step = axis_step(in, "inverse_fft");
    if (!step) return tl::unexpected(step.error());
    const std::size_t length = params.text("length") == "odd"
                                   ? 2 * in.max_count - 1
                                   : std::max<std::size_t>(1, 2 * in.max_count - 2);
    auto plan = RealInverseFft<double>::plan(length);
    if (!plan) return tl::unexpected(plan.error());
    plan_ = std::move(*plan);
    bins_.resize(plan_.bins());
    values_.resize(length);
    record_ = Planes(signals_, length);
    return described(in, 1 / (*step * static_cast<double>(length)));
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    const std::size_t last = bins_.size() - 1;
    for (std::size_t n = 0; n < signals_; ++n) {
      const float *re = in.planes[n], *im = in.planes[signals_ + n];
      for (std::size_t k = 0; k <= last; ++k) {
        const bool is_alone = k == 0 || 2 * k == values_.size();
        bins_[k] = {static_cast<double>(re[k]), is_alone ? 0 : static_cast<double>(im[k])};
      }
      plan_.run(bins_.data(), values_.data());
      for (std::size_t i = 0; i < values_.size(); ++i) {
        record_[n][i] = static_cast<float>(values_[i] / static_cast<double>(values_.size()));
      }
    }
    record_.lend(out.planes);
    out.channels = static_cast<std::uint32_t>(signals_);
    out.count = static_cast<std::uint32_t>(record_.count());
    out.axis_start.reset();
    out.triggers = {};
    out.results = {};
    const std::uint64_t mask = (std::uint64_t{1} << signals_) - 1;
    out.overrange_low = (in.overrange_low | in.overrange_low >> signals_) & mask;
    out.overrange_high = (in.overrange_high | in.overrange_high >> signals_) & mask;
    return Yield::kLast;
  }

 private:
  SignalInfo described(const SignalInfo& in, double step_s) const {
    SignalInfo out = in;
    out.kind = Kind::kRecord;
    out.max_count = record_.count();
    out.axis = {"time", "s", AxisRule::kLinear, 0, step_s};
    out.results = {};
    out.channels.resize(signals_);
    for (std::size_t n = 0; n < signals_; ++n) {
      Channel& channel = out.channels[n];
      if (channel.calibration != in.channels[signals_ + n].calibration) channel.calibration = {};
      if (channel.id.ends_with(".re")) channel.id.resize(channel.id.size() - 3);
      channel.quantity.clear();
      channel.range_min = channel.range_max = 0;
    }
    return out;
  }

  std::size_t signals_ = 0;
  RealInverseFft<double> plan_;
  AlignedVector<std::complex<double>> bins_;
  AlignedVector<double> values_;
  Planes record_;
};

constexpr std::string_view kLengths[] = {"even", "odd"};
constexpr ParamSpec kParams[] = {
    {.name = "length",
     .type = ParamType::kChoice,
     .fallback = "even",
     .text = "of the record: two have so many bins",
     .choices = kLengths},
};

}  // namespace

extern const BlockEntry block_inverse_fft;
const BlockEntry block_inverse_fft{
    .name = "inverse_fft",
    .summary = "the record that a complex spectrum is of",
    .params = kParams,
    .cost = "2.5 log2 length + 5 float64 operations",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<InverseFft>(); },
    .example = [] { return Table{{"length", "even"}}; },
    .input = Kind::kSpectrum,
    .min_channels = 2,
};

}  // namespace acq
