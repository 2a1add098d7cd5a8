// Parameters that are lengths: a number of samples, or the same as a time. length_of() in framing.h reads them.
#pragma once

#include <cstddef>
#include <string_view>

#include "dsp/base/params.h"

namespace acq {

constexpr ParamSpec samples_param(std::string_view name, std::size_t least, std::size_t most,
                                  std::string_view text) noexcept {
  return {.name = name,
          .type = ParamType::kInteger,
          .unit = "samples",
          .min = static_cast<double>(least),
          .max = static_cast<double>(most),
          .text = text};
}

// `name` is that of the other one with "_time" behind it.
constexpr ParamSpec time_param(std::string_view name) noexcept {
  return {.name = name, .unit = "s", .min = 0, .text = "the same as a time"};
}

}  // namespace acq
