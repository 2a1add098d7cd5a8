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
#include <limits>
#include <numeric>

#include "dsp/framing.h"
#include "dsp/math/spectral.h"
#include "dsp/records.h"

namespace acq {
namespace {

class Convolution final : public PairBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_pairs(in, "convolution"); !fits) return tl::unexpected(fits.error());
    const std::size_t origin = params.text("origin") == "centre" ? in.max_count / 2 : 0;
    auto made = Convolver::make(in.max_count, origin);
    if (!made) return tl::unexpected(made.error());
    convolver_ = std::move(*made);
    normalizes_ = params.flag("normalize");
    SignalInfo out = set_up(in, in.max_count);
    for (std::size_t n = 0; n < out.channels.size(); ++n) {
      Channel& channel = out.channels[n];
      if (normalizes_) {
        channel.calibration = in.channels[n].calibration;
        continue;
      }
      channel.unit = product_unit(channel.unit, in.channels[out.channels.size() + n].unit);
      channel.quantity.clear();
    }
    return out;
  }

 private:
  void compute(std::span<double> x, std::span<double> h, std::span<double> out) noexcept override {
    convolver_.run(x, h, out);
    if (!normalizes_) return;
    const double sum = std::accumulate(h.begin(), h.end(), 0.0);
    const double factor = sum == 0 ? std::numeric_limits<double>::quiet_NaN() : 1 / sum;
    for (double& value : out) value *= factor;
  }

  Convolver convolver_;
  bool normalizes_ = false;
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
