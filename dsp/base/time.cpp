#include "dsp/base/time.h"

#include <cmath>

#include "dsp/base/result.h"

namespace acq {

Rational rational_from(double value) noexcept {
  ACQ_CHECK(std::isfinite(value) && value >= 0 && value <= 1e18);
  constexpr double kMaxDenominator = 1e6;
  // Convergents h/k of the continued fraction of value.
  double h_before = 1, h = std::floor(value), k_before = 0, k = 1;
  double rest = value - h;
  while (std::abs(h / k - value) > value * 1e-15 && rest > 1e-12) {
    const double term = std::floor(1 / rest);
    rest = 1 / rest - term;
    const double k_next = term * k + k_before;
    if (k_next > kMaxDenominator) break;
    const double h_next = term * h + h_before;
    h_before = h, h = h_next, k_before = k, k = k_next;
  }
  return make_rational(static_cast<std::uint64_t>(h), static_cast<std::uint64_t>(k));
}

Stamp shifted(const Stamp& stamp, std::int64_t samples, Rational rate_hz) noexcept {
  __extension__ using Wide = __int128;
  const Wide below = static_cast<Wide>(rate_hz.num) * stamp.tick_s.num;
  const Wide above = static_cast<Wide>(samples) * rate_hz.den * stamp.tick_s.den;
  Stamp out = stamp;
  if (below > 0) {
    const Wide half = above < 0 ? -(below / 2) : below / 2;
    out.t0_ticks += static_cast<std::int64_t>((above + half) / below);
  }
  return out;
}

const char* gap_reason_name(int bit) noexcept {
  static const char* const kNames[kGapReasonCount] = {
      "device",      "usb",     "ring_full", "late",       "publisher", "reconnect",
      "reconfigure", "unknown", "recorder",  "new_record", "paused"};
  ACQ_CHECK(bit >= 0 && bit < kGapReasonCount);
  return kNames[bit];
}

}  // namespace acq
