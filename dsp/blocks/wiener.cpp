// wiener: smooths each record where it varies no more than its noise, and keeps what stands out.
//
// In       (channels, values) float32, any unit u; record without results
// Out      the same shape, unit, rate and x axis
// Params   length  values over which mean and variance are taken, odd, 1 to 1001, 3
//          noise   variance of the noise, u2, 0 to 1e30; the mean of the local variances
// Latency  0 samples beyond the record
// Cost     2 length + 5 float64 operations a value
// Errors   kInvalid: not a record; an even length
// Numerics float64, rounded to float32 once; 0 beyond the ends, as SciPy and DataLab; a NaN spoils its
//          channel of that record
// Source   Lim, Two-Dimensional Signal and Image Processing, 1990, 9.2.4
// Checked  tests/dsp/wiener_test.cpp, closed form; tests/validation, scipy.signal.wiener
#include <fmt/format.h>

#include "dsp/framing.h"
#include "dsp/math/smoothing.h"
#include "dsp/records.h"

namespace acq {
namespace {

class Wiener final : public RecordBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "wiener", {Kind::kRecord}); !fits) {
      return tl::unexpected(fits.error());
    }
    length_ = static_cast<std::size_t>(params.integer("length"));
    if (length_ % 2 == 0) {
      return fail(Code::kInvalid, fmt::format("length is {}", length_), "length",
                  "an odd number from 1 to 1001");
    }
    if (params.has("noise")) noise_ = params.number("noise");
    scratch_.resize(2 * in.max_count);
    set_up(in, in.max_count);
    SignalInfo out = in;
    out.results = {};
    return out;
  }

 private:
  void compute(std::span<const double> x, std::span<double> y) noexcept override {
    wiener(x, length_, noise_, scratch_, y);
  }

  std::size_t length_ = 3;
  double noise_ = -1;
  std::vector<double> scratch_;
};

constexpr ParamSpec kParams[] = {
    {.name = "length",
     .type = ParamType::kInteger,
     .unit = "samples",
     .min = 1,
     .max = 1001,
     .fallback = "3",
     .text = "values over which mean and variance are taken; odd"},
    {.name = "noise",
     .min = 0,
     .max = 1e30,
     .text = "variance of the noise; the mean of the local variances when not given"},
};

}  // namespace

extern const BlockEntry block_wiener;
const BlockEntry block_wiener{
    .name = "wiener",
    .summary = "smooths each record where it varies no more than its noise",
    .params = kParams,
    .cost = "2 length + 5 float64 operations",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Wiener>(); },
    .example = [] { return Table{{"length", 5.0}}; },
    .input = Kind::kRecord,
};

}  // namespace acq
