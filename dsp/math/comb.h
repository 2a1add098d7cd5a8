// Filters that take out, or let through, one frequency or all its multiples. float64 design.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "dsp/base/result.h"
#include "dsp/math/sos.h"

namespace acq {

enum class Tooth : std::uint8_t { kNotch, kPeak };
inline constexpr std::string_view kToothNames[] = {"notch", "peak"};

// One section with gain 0 (notch) or 1 (peak) at `frequency`, a fraction of the sample rate, and -3 dB
// at a distance of frequency / (2 quality), prewarped. kInvalid: frequency not between 0 and 0.5,
// quality not above 0.
// Source: Orfanidis, Introduction to Signal Processing, 1996, 11.3; scipy.signal.iirnotch, iirpeak.
Result<Section> design_notch(Tooth tooth, double frequency, double quality);

// y[n] = b0 x[n] + bn x[n - period] - an y[n - period]: gain 0 (notch) or 1 (peak) at 0 Hz and at all
// multiples of 1 / period, -3 dB at a distance of 1 / (2 quality period).
// Source: Orfanidis 1996, 11.5; scipy.signal.iircomb with pass_zero = False (notch), True (peak).
struct CombDesign {
  std::size_t period = 1;
  double b0 = 1;
  double bn = 0;
  double an = 0;
};
// kInvalid: period below 2, quality not above 1.
Result<CombDesign> design_comb(Tooth tooth, std::size_t period, double quality);

// Runs a comb over the stream of one channel. A sample that is not finite gives NaN and leaves the
// delay line as it is. Threads: one; all but the constructor is real-time safe.
class CombFilter {
 public:
  CombFilter() = default;
  explicit CombFilter(const CombDesign& design) : design_(design), line_(design.period, 0.0) {}

  // `out` may be `in`.
  void run(const float* in, std::size_t count, float* out) noexcept;
  void reset() noexcept;
  // Goes on from another one of the same period; else from rest.
  void adopt(CombFilter& before) noexcept;

 private:
  CombDesign design_;
  std::vector<double> line_;  // the last `period` values of the common delay line
  std::size_t at_ = 0;
};

}  // namespace acq
