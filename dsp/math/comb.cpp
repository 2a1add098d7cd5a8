#include "dsp/math/comb.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

namespace acq {
namespace {
constexpr double kPi = std::numbers::pi;
}

Result<Section> design_notch(Tooth tooth, double frequency, double quality) {
  if (!(frequency > 0 && frequency < 0.5)) {
    return fail(Code::kInvalid, fmt::format("frequency is {} of the sample rate", frequency),
                "frequency", "above 0 and below half the sample rate");
  }
  if (!(quality > 0) || !std::isfinite(quality)) {
    return fail(Code::kInvalid, fmt::format("quality is {}", quality), "quality", "above 0");
  }
  const double width = kPi * frequency / quality;  // half the band in radians a sample
  if (!(width < kPi / 2)) {
    return fail(Code::kInvalid, fmt::format("quality {} makes a band wider than there is", quality),
                "quality", fmt::format("above {}", 2 * frequency));
  }
  const double gain = 1 / (1 + std::tan(width));
  const double turn = -2 * std::cos(2 * kPi * frequency);
  Section s{.a1 = gain * turn, .a2 = 2 * gain - 1};
  if (tooth == Tooth::kNotch) {
    s.b0 = s.b2 = gain;
    s.b1 = gain * turn;
  } else {
    s.b0 = 1 - gain;
    s.b2 = gain - 1;
  }
  return s;
}

Result<CombDesign> design_comb(Tooth tooth, std::size_t period, double quality) {
  if (period < 2) {
    return fail(Code::kInvalid, fmt::format("the teeth are {} samples apart", period), "frequency",
                "at most half the sample rate");
  }
  if (!(quality > 1) || !std::isfinite(quality)) {
    return fail(Code::kInvalid, fmt::format("quality is {}", quality), "quality", "above 1");
  }
  // A tooth reaches from -1/(2 quality) to 1/(2 quality) of the distance to the next.
  const double beta = std::tan(kPi / (2 * quality));
  const double pole = (1 - beta) / (1 + beta);
  if (tooth == Tooth::kNotch) return CombDesign{period, 1 / (1 + beta), -1 / (1 + beta), -pole};
  return CombDesign{period, beta / (1 + beta), beta / (1 + beta), -pole};
}

void CombFilter::run(const float* in, std::size_t count, float* out) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    const auto x = static_cast<double>(in[i]);
    double& old = line_[at_];
    if (std::isfinite(x)) {
      const double now = x - design_.an * old;
      out[i] = static_cast<float>(design_.b0 * now + design_.bn * old);
      old = now;
    } else {
      out[i] = std::numeric_limits<float>::quiet_NaN();
    }
    if (++at_ == line_.size()) at_ = 0;
  }
}

void CombFilter::reset() noexcept {
  std::fill(line_.begin(), line_.end(), 0.0);
  at_ = 0;
}

void CombFilter::adopt(CombFilter& before) noexcept {
  if (line_.size() != before.line_.size()) return;
  line_.swap(before.line_);
  at_ = before.at_;
}

}  // namespace acq
