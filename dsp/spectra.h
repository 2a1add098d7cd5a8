// What blocks that make spectra share: their parameters for the window, and what they do with it.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "dsp/base/params.h"
#include "dsp/filtering.h"
#include "dsp/math/window.h"

namespace acq {

inline constexpr ParamSpec kSpectrumWindowParam{.name = "window",
                                                .type = ParamType::kChoice,
                                                .fallback = "hann",
                                                .text = "window function",
                                                .choices = kWindowNames};

inline constexpr std::string_view kDetrends[] = {"none", "constant"};
inline constexpr ParamSpec kRecordDetrendParam{.name = "detrend",
                                               .type = ParamType::kChoice,
                                               .fallback = "none",
                                               .text = "what is subtracted from each record first",
                                               .choices = kDetrends};
inline constexpr ParamSpec kSegmentDetrendParam{
    .name = "detrend",
    .type = ParamType::kChoice,
    .fallback = "constant",
    .text = "what is subtracted from each segment first",
    .choices = kDetrends};

// The window of the parameters `window` and `window_params`, periodic. kInvalid as make_window().
Result<std::vector<double>> spectrum_window(const Params& params, std::size_t length);

}  // namespace acq
