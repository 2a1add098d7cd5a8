// contrast: (max - min) / (|max| + |min|) of each record.
//
// In       (channels, values) float32, any unit, even x axis; record or spectrum
// Out      1 result for each channel: contrast (1), 0 to 1: Michelson's for values that are 0 or more
// Params   none
// Latency  0 samples
// Cost     2 comparisons a value
// Errors   kInvalid: neither record nor spectrum, more than 256 channels
// Numerics float64; invalid: a record of zeros, a value that is not finite
// Gaps     none of its own: each input is whole; a gap before it is passed on
// Source   A. A. Michelson, Studies in Optics (1927); the absolute values as in DataLab
// Checked  tests/dsp/contrast_test.cpp, closed form; tests/validation, numpy, sigima
#include <algorithm>
#include <cmath>

#include "dsp/framing.h"
#include "dsp/measuring.h"

namespace acq {
namespace {

class Contrast final : public MeasuringBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& /*params*/) override {
    if (const auto fits = need_kind(in, "contrast", {Kind::kRecord, Kind::kSpectrum}); !fits) {
      return tl::unexpected(fits.error());
    }
    return set_up(in, {{"contrast", "1"}});
  }

 private:
  void measure(const Trace& record, std::span<ScalarResult> results) noexcept override {
    const auto [low, high] = std::minmax_element(record.y.begin(), record.y.end());
    const double sum = std::abs(*high) + std::abs(*low);
    results[0] = sum > 0 ? measured((*high - *low) / sum) : not_measured("all values are zero");
  }
};

}  // namespace

extern const BlockEntry block_contrast;
const BlockEntry block_contrast{
    .name = "contrast",
    .summary = "(max - min) / (|max| + |min|) of each record",
    .params = {},
    .cost = "2 comparisons a value",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Contrast>(); },
    .example = [] { return Table{}; },
    .input = Kind::kRecord,
};

}  // namespace acq
