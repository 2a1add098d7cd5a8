#include "dsp/analog_trigger.h"

#include <fmt/format.h>

#include <limits>

#include "dsp/base/units.h"

namespace acq {

Result<TriggerLevels> read_levels(const Params& params, const std::string& unit) {
  const auto low = params.number_in("low", unit);
  if (!low) return tl::unexpected(low.error());
  const auto high = params.number_in("high", unit);
  if (!high) return tl::unexpected(high.error());
  if (!(*low < *high)) {
    return fail(Code::kInvalid,
                fmt::format("low ({}) is not below high ({})", format_quantity(*low, unit),
                            format_quantity(*high, unit)),
                "low", fmt::format("below {}", format_quantity(*high, unit)));
  }
  return TriggerLevels{static_cast<float>(*low), static_cast<float>(*high)};
}

Result<TriggerTimes> read_times(const Params& params, Rational rate_hz) {
  const double longer = params.number("longer_than");
  const double shorter = params.has("shorter_than") ? params.number("shorter_than")
                                                    : std::numeric_limits<double>::infinity();
  if (!(longer <= shorter)) {
    return fail(Code::kInvalid,
                fmt::format("nothing is longer than {} and shorter than {}",
                            format_quantity(longer, "s"), format_quantity(shorter, "s")),
                "longer_than", fmt::format("0 s to {}", format_quantity(shorter, "s")));
  }
  return TriggerTimes{longer * rate_hz.value(), shorter * rate_hz.value()};
}

}  // namespace acq
