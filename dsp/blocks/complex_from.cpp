// complex_from: I/Q samples from two real signals: real and imaginary part, or magnitude and phase.
//
// In       (2 signals, samples) float32; waveform; the first half of the channels are the real parts
//          (or magnitudes), the second half the imaginary parts (or phases): what a pipeline of two
//          inputs joins
// Out      (2 signals, samples) float32, I/Q: channels 2n and 2n + 1 are the parts of signal n; same
//          rate; the unit of the first half
// Params   from        real_imaginary or magnitude_phase; real_imaginary
//          angle_unit  deg or rad, of the phases; deg
// Latency  0 samples
// Cost     1 copy a sample; magnitude_phase about 60 operations
// Errors   kInvalid: not a waveform, an odd number of channels; real and imaginary parts of
//          different units; phases in another unit than angle_unit
// Numerics float64, rounded to float32 once; a negative magnitude turns by half a turn (DataLab: 0);
//          NaN in one input gives NaN in that sample
// Source   own derivation
// Checked  tests/dsp/complex_from_test.cpp, closed form; tests/validation, numpy
#include <fmt/format.h>

#include <algorithm>

#include "dsp/base/planes.h"
#include "dsp/framing.h"
#include "dsp/math/complex_parts.h"

namespace acq {
namespace {

class ComplexFrom final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "complex_from", {Kind::kWaveform}); !fits) {
      return tl::unexpected(fits.error());
    }
    if (in.channels.size() % 2 != 0) {
      return fail(Code::kInvalid, fmt::format("{} channels make no pairs", in.channels.size()), {},
                  "an even number of channels");
    }
    is_polar_ = params.text("from") == "magnitude_phase";
    scale_ = per_radian(params.text("angle_unit"));
    signals_ = in.channels.size() / 2;
    SignalInfo out = in;
    out.kind = Kind::kIq;
    for (std::size_t n = 0; n < signals_; ++n) {
      const Channel& first = in.channels[n];
      const Channel& second = in.channels[signals_ + n];
      const std::string& wanted = is_polar_ ? params.text("angle_unit") : first.unit;
      if (second.unit != wanted && !(is_polar_ && second.unit == "1")) {
        return fail(Code::kInvalid, fmt::format("channel {} is in {}", second.id, second.unit),
                    "from", fmt::format("the unit {}", wanted));
      }
      for (const std::size_t k : {std::size_t{0}, std::size_t{1}}) {
        Channel& channel = out.channels[2 * n + k];
        channel = k == 1 && !is_polar_ ? second : first;
        channel.id = first.id + (k == 0 ? ".re" : ".im");
        if (first.calibration != second.calibration) channel.calibration = {};
        if (is_polar_) channel.range_min = channel.range_max = 0;
      }
    }
    planes_ = Planes(in.channels.size(), in.max_count);
    return out;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    out.overrange_low = out.overrange_high = 0;
    for (std::size_t n = 0; n < signals_; ++n) {
      const std::span<const float> a(in.planes[n], in.count);
      const std::span<const float> b(in.planes[signals_ + n], in.count);
      const std::span<float> re(planes_[2 * n], in.count), im(planes_[2 * n + 1], in.count);
      if (is_polar_) {
        from_polar(a, b, scale_, re, im);
      } else {
        std::copy(a.begin(), a.end(), re.begin());
        std::copy(b.begin(), b.end(), im.begin());
      }
      move_marks(in, n, out);
    }
    planes_.lend(out.planes);
    out.triggers = {};  // their channels are others now
    return Yield::kLast;
  }

 private:
  void move_marks(const Chunk& in, std::size_t n, Chunk& out) const noexcept {
    const auto bits = [&](std::uint64_t set) {
      const std::uint64_t first = set >> n & 1, second = set >> (signals_ + n) & 1;
      if (is_polar_) return (first | second) * std::uint64_t{3} << 2 * n;
      return (first | second << 1) << 2 * n;
    };
    out.overrange_low |= bits(in.overrange_low);
    out.overrange_high |= bits(in.overrange_high);
  }

  bool is_polar_ = false;
  double scale_ = 1;  // angle units a radian
  std::size_t signals_ = 0;
  Planes planes_;
};

constexpr std::string_view kForms[] = {"real_imaginary", "magnitude_phase"};
constexpr ParamSpec kParams[] = {
    {.name = "from",
     .type = ParamType::kChoice,
     .fallback = "real_imaginary",
     .text = "what the two halves of the channels are",
     .choices = kForms},
    {.name = "angle_unit",
     .type = ParamType::kChoice,
     .fallback = "deg",
     .text = "of the phases",
     .choices = kAngleUnits},
};

}  // namespace

extern const BlockEntry block_complex_from;
const BlockEntry block_complex_from{
    .name = "complex_from",
    .summary = "I/Q samples from real and imaginary part, or from magnitude and phase",
    .params = kParams,
    .cost = "1 copy, or 60 float64 operations",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<ComplexFrom>(); },
    .example = [] { return Table{{"from", "real_imaginary"}}; },
    .min_channels = 2,
};

}  // namespace acq
