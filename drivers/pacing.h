// The parameters of drivers that make their samples themselves: how fast, and in what pieces.
#pragma once

#include <array>
#include <string_view>

#include "dsp/base/params.h"

namespace acq {

inline constexpr std::array<std::string_view, 2> kPaces = {"real", "fast"};
inline constexpr ParamSpec kPaceParam{
    .name = "pace",
    .type = ParamType::kChoice,
    .fallback = "real",
    .text =
        "real: at the rate, as it is configured or was recorded; fast: as fast as it is read, "
        "losing nothing",
    .choices = kPaces,
    .live = false};
inline constexpr ParamSpec kLatencyParam{
    .name = "latency",
    .unit = "s",
    .min = 0,
    .max = 60,
    .fallback = "10 ms",
    .text =
        "a packet is handed over after this time though not full; 0: full only. Without effect "
        "at pace fast"};
inline constexpr ParamSpec kLoopParam{.name = "loop",
                                      .type = ParamType::kFlag,
                                      .fallback = "false",
                                      .text = "start again at the end"};

}  // namespace acq
