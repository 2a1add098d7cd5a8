// convolution: one signal smeared by another, record by record.
//
// In       (2 signals, length) float32; record without results; the first half of the channels are the
//          records x, the second half the responses h: what segment makes of a pipeline of two inputs
// Out      (signals, length) float32, x's unit times h's, or x's with `normalize`; the same x axis
// Params   origin     where in h the lag is 0: centre (value length / 2) or first; centre
//          normalize  divides by the sum of h, so that a constant stays what it is; false
// Latency  0 samples beyond the record
// Cost     30 log2(length) + 10 float64 operations a value
// Errors   kInvalid: not a record, an odd number of channels, more than 2^22 values
// Numerics float64 by Fourier transforms: error below 1e-15 log2(length) of sqrt(sum x^2 sum h^2), rounded
//          to float32 once; x is 0 beyond its ends; NaN everywhere where h sums to 0 and `normalize` is
//          asked for; a NaN spoils its channel of that record
// Source   Oppenheim and Schafer, Discrete-Time Signal Processing, 3rd ed., 2.3 and 8.7
// Checked  tests/dsp/convolution_test.cpp, closed form; tests/validation, numpy.convolve
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "dsp/framing.h"
#include "dsp/math/spectral.h"
#include "dsp/records.h"
#include "dsp/spectra.h"

namespace acq {
namespace {

class Convolution final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "convolution", {Kind::kRecord}); !fits) {
      return tl::unexpected(fits.error());
    }
    if (in.channels.size() % 2 != 0) {
      return fail(Code::kInvalid, fmt::format("{} channels make no pairs", in.channels.size()), {},
                  "an even number of channels");
    }
    const std::size_t origin = params.text("origin") == "centre" ? in.max_count / 2 : 0;
    auto made = Convolver::make(in.max_count, origin);
    if (!made) return tl::unexpected(made.error());
    convolver_ = std::move(*made);
    normalizes_ = params.flag("normalize");
    const std::size_t signals = in.channels.size() / 2;
    x_.resize(in.max_count);
    h_.resize(in.max_count);
    out_ = Planes(signals, in.max_count);

    SignalInfo out = in;
    out.results = {};
    out.channels.resize(signals);
    for (std::size_t n = 0; n < signals; ++n) {
      Channel& channel = out.channels[n];
      channel.range_min = channel.range_max = 0;
      if (normalizes_) continue;
      const Channel& h = in.channels[signals + n];
      channel.unit = product_unit(channel.unit, h.unit);
      if (channel.calibration != h.calibration) channel.calibration = {};
      channel.quantity.clear();
    }
    return out;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    const std::size_t signals = out_.channels();
    for (std::size_t n = 0; n < signals; ++n) {
      std::copy_n(in.planes[n], in.count, x_.begin());
      std::copy_n(in.planes[signals + n], in.count, h_.begin());
      const double sum = normalizes_ ? std::accumulate(h_.begin(), h_.end(), 0.0) : 1;
      convolver_.run(x_, h_, x_);
      const double factor = sum == 0 ? std::numeric_limits<double>::quiet_NaN() : 1 / sum;
      for (double& value : x_) value *= factor;
      round_to(x_, out_[n]);
    }
    out_.lend(out.planes);
    out.channels = static_cast<std::uint32_t>(signals);
    out.triggers = {};
    out.results = {};
    const std::uint64_t mask = (std::uint64_t{1} << signals) - 1;
    out.overrange_low = (in.overrange_low | in.overrange_low >> signals) & mask;
    out.overrange_high = (in.overrange_high | in.overrange_high >> signals) & mask;
    return Yield::kLast;
  }

 private:
  Convolver convolver_;
  bool normalizes_ = false;
  std::vector<double> x_;
  std::vector<double> h_;
  Planes out_;
};

constexpr std::string_view kOrigins[] = {"centre", "first"};
constexpr ParamSpec kParams[] = {
    {.name = "origin",
     .type = ParamType::kChoice,
     .fallback = "centre",
     .text = "where in the response the lag is 0",
     .choices = kOrigins},
    {.name = "normalize",
     .type = ParamType::kFlag,
     .fallback = "false",
     .text = "divides by the sum of the response"},
};

}  // namespace

extern const BlockEntry block_convolution;
const BlockEntry block_convolution{
    .name = "convolution",
    .summary = "one signal smeared by another, record by record",
    .params = kParams,
    .cost = "30 log2 length + 10 float64 operations",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Convolution>(); },
    .example = [] { return Table{{"origin", "first"}}; },
    .input = Kind::kRecord,
    .min_channels = 2,
};

}  // namespace acq
