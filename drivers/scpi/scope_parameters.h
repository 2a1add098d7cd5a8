// The parameters of driver scope, and which of them are settings of the instrument.
#pragma once

#include <span>
#include <string_view>

#include "dsp/base/params.h"

namespace acq::scpi {

std::span<const ParamSpec> scope_parameters() noexcept;

// A parameter that is a setting: its name in profiles, and the channel, 0 for none.
struct ScopeSetting {
  std::string_view parameter;
  std::string_view name;
  int channel = 0;
};

inline constexpr int kMostScopeChannels = 4;

// In the order in which they are set: each before those it limits.
std::span<const ScopeSetting> scope_settings() noexcept;

}  // namespace acq::scpi
