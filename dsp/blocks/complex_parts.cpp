// complex_parts: real part, imaginary part, magnitude or phase of I/Q samples.
//
// In       (2 signals, samples) float32, any unit; I/Q
// Out      (signals, samples) float32, same unit, or that of the angle; waveform, same rate
// Params   part        real, imaginary, magnitude or phase; magnitude
//          angle_unit  deg or rad, of a phase; deg
//          unwrap      whether whole turns are added so that no step is larger than half a turn; false
//          on_gap      of unwrap: reset (starts again from the phase as it is) or hold; reset
// Latency  0 samples
// Cost     4 float64 operations a sample; a phase about 40
// Errors   kInvalid: not I/Q; unwrap of another part
// Numerics float64, rounded to float32 once, so that after 2^17 turns a step is 0.004 turns of
//          rounding; NaN stays in its sample and is passed over by unwrap
// Source   Oppenheim and Schafer, Discrete-Time Signal Processing, 3rd ed., 13.6
// Checked  tests/dsp/complex_parts_test.cpp, closed form; tests/validation, numpy
#include "dsp/math/complex_parts.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "dsp/base/planes.h"
#include "dsp/filtering.h"
#include "dsp/framing.h"

namespace acq {
namespace {

class ComplexParts final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "complex_parts", {Kind::kIq}); !fits) {
      return tl::unexpected(fits.error());
    }
    const std::string& part = params.text("part");
    part_ = static_cast<ComplexPart>(
        std::find(std::begin(kComplexPartNames), std::end(kComplexPartNames), part) -
        kComplexPartNames);
    const bool unwraps = params.flag("unwrap");
    if (unwraps && part_ != ComplexPart::kPhase) {
      return fail(Code::kInvalid, "only a phase is unwrapped, not the " + part, "unwrap",
                  "part phase");
    }
    scale_ = per_radian(params.text("angle_unit"));
    resets_ = params.text("on_gap") == "reset";
    SignalInfo out = in;
    out.kind = Kind::kWaveform;
    out.channels.clear();
    for (std::size_t c = 0; c + 1 < in.channels.size(); c += 2) {
      Channel channel = in.channels[c];
      if (part_ == ComplexPart::kImaginary) channel = in.channels[c + 1];
      if (part_ == ComplexPart::kPhase) {
        channel.unit = params.text("angle_unit");
        channel.quantity = part;
        channel.calibration = {};
      }
      channel.range_min = channel.range_max = 0;
      out.channels.push_back(std::move(channel));
    }
    if (unwraps) {
      unwrappers_.assign(out.channels.size(), PhaseUnwrapper(2 * std::numbers::pi * scale_));
    }
    planes_ = Planes(out.channels.size(), in.max_count);
    return out;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    if (!continuity_.follows(in) && resets_) {
      for (PhaseUnwrapper& unwrapper : unwrappers_) unwrapper.reset();
    }
    for (std::size_t c = 0; c < planes_.channels(); ++c) {
      const std::span<const float> re(in.planes[2 * c], in.count);
      const std::span<const float> im(in.planes[2 * c + 1], in.count);
      complex_part(part_, re, im, scale_, {planes_[c], in.count});
      if (unwrappers_.empty()) continue;
      for (std::size_t i = 0; i < in.count; ++i) {
        const double phase =
            std::atan2(static_cast<double>(im[i]), static_cast<double>(re[i])) * scale_;
        planes_[c][i] = static_cast<float>(unwrappers_[c].next(phase));
      }
    }
    planes_.lend(out.planes);
    out.channels = static_cast<std::uint32_t>(planes_.channels());
    join_marks(in, out);
    return Yield::kLast;
  }

  void adopt(Block& before) noexcept override {
    auto& other = static_cast<ComplexParts&>(before);
    continuity_ = other.continuity_;
    if (scale_ == other.scale_ && unwrappers_.size() == other.unwrappers_.size()) {
      unwrappers_.swap(other.unwrappers_);
    }
  }

 private:
  // Over-range in one part is over-range of the whole, on either side.
  void join_marks(const Chunk& in, Chunk& out) noexcept {
    const std::uint64_t both = in.overrange_low | in.overrange_high;
    std::uint64_t joined = 0;
    for (std::size_t c = 0; c < planes_.channels(); ++c) {
      if ((both >> 2 * c & 3) != 0) joined |= std::uint64_t{1} << c;
    }
    out.overrange_low = out.overrange_high = joined;
    out.triggers = {};  // levels of one part mean nothing here
  }

  ComplexPart part_ = ComplexPart::kMagnitude;
  double scale_ = 1;  // angle units a radian
  bool resets_ = true;
  Continuity continuity_;
  std::vector<PhaseUnwrapper> unwrappers_;  // of each signal, when asked for
  Planes planes_;
};

constexpr ParamSpec kParams[] = {
    {.name = "part",
     .type = ParamType::kChoice,
     .fallback = "magnitude",
     .text = "what is taken of each complex sample",
     .choices = kComplexPartNames},
    {.name = "angle_unit",
     .type = ParamType::kChoice,
     .fallback = "deg",
     .text = "of a phase",
     .choices = kAngleUnits},
    {.name = "unwrap",
     .type = ParamType::kFlag,
     .fallback = "false",
     .text = "add whole turns so that no step of the phase is larger than half a turn"},
    kOnGapParam,
};

}  // namespace

extern const BlockEntry block_complex_parts;
const BlockEntry block_complex_parts{
    .name = "complex_parts",
    .summary = "real part, imaginary part, magnitude or phase of I/Q samples",
    .params = kParams,
    .cost = "4 to 40 float64 operations",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<ComplexParts>(); },
    .example = [] { return Table{{"part", "magnitude"}}; },
    .input = Kind::kIq,
    .min_channels = 2,
};

}  // namespace acq
