#include "drivers/fx2lafw/rates.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "dsp/base/units.h"

namespace acq::fx2lafw {
namespace {

constexpr double kBytesPerSecond = 24e6;
constexpr int kMostDivider = 6 * 256 + 1;  // the delay, one less, has 6 * 256 at most
constexpr double kTolerance = 1e-6;

// The divider of one clock whose rate is nearest to and within the limit.
Rate nearest_of(bool is_48_mhz, double rate_hz, double most_hz) {
  Rate rate{is_48_mhz, 1};
  const auto clock = static_cast<double>(rate.clock_hz());
  const double least_divider = std::ceil(clock / most_hz - kTolerance);
  const double wanted = std::clamp(clock / rate_hz, least_divider, double{kMostDivider});
  const double below = std::floor(wanted);
  const double above = std::min(below + 1, double{kMostDivider});
  const bool is_below = std::abs(clock / below - rate_hz) <= std::abs(clock / above - rate_hz);
  rate.divider = static_cast<std::uint16_t>(is_below ? below : above);
  return rate;
}

std::string text_of(const Rate& rate) {
  return fmt::format("{} ({} MHz / {})", format_quantity(rate.value().value(), "Hz"),
                     rate.clock_hz() / 1'000'000, rate.divider);
}

}  // namespace

double most_rate_hz(int channels) noexcept {
  return channels > 8 ? kBytesPerSecond / 2 : kBytesPerSecond;
}

Result<Rate> find_rate(double rate_hz, int channels) {
  const double most_hz = most_rate_hz(channels);
  Rate best = nearest_of(true, rate_hz, most_hz);
  const Rate other = nearest_of(false, rate_hz, most_hz);
  const auto distance = [&](const Rate& rate) { return std::abs(rate.value().value() - rate_hz); };
  if (distance(other) < distance(best)) best = other;
  if (distance(best) <= kTolerance * rate_hz) return best;
  return fail(
      Code::kInvalid,
      fmt::format("{} channels cannot be sampled at {}", channels, format_quantity(rate_hz, "Hz")),
      "rate",
      fmt::format("the nearest is {}; there are 48 MHz and 30 MHz divided by 1 to {}, up to {}",
                  text_of(best), kMostDivider, format_quantity(most_hz, "Hz")));
}

}  // namespace acq::fx2lafw
