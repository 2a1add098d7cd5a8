// What a change of parameters asks of a driver at work.
#pragma once

#include <span>
#include <string>

#include "dsp/base/params.h"

namespace acq {

// The first parameter that differs and is not declared live; "" when there is none.
inline std::string what_restarts(std::span<const ParamSpec> specs, const Params& before,
                                 const Params& after) {
  for (const ParamSpec& spec : specs) {
    if (spec.live) continue;
    const auto old_value = before.values().find(spec.name);
    const auto new_value = after.values().find(spec.name);
    const bool was_given = old_value != before.values().end();
    const bool is_given = new_value != after.values().end();
    const bool differs =
        was_given != is_given || (was_given && old_value->second != new_value->second);
    if (differs) return std::string(spec.name);
  }
  return {};
}

}  // namespace acq
