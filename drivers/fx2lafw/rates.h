// Sample rates that fx2lafw can make.
#pragma once

#include <cstdint>

#include "dsp/base/result.h"
#include "dsp/base/time.h"

namespace acq::fx2lafw {

// A rate is one of two clocks divided by a whole number.
struct Rate {
  bool is_48_mhz = true;  // else 30 MHz
  std::uint16_t divider = 1;

  [[nodiscard]] std::uint64_t clock_hz() const noexcept {
    return is_48_mhz ? 48'000'000 : 30'000'000;
  }
  [[nodiscard]] Rational value() const noexcept { return make_rational(clock_hz(), divider); }
};

// What the USB connection carries: 24 MB/s.
double most_rate_hz(int channels) noexcept;

// The clock and divider of this rate, to 1e-6 of it (the crystal is worse); 48 MHz where both can.
// kInvalid names the nearest rates there are. `channels` is 8 or 16.
Result<Rate> find_rate(double rate_hz, int channels);

}  // namespace acq::fx2lafw
