// The parameters of the simulated instrument, as declared to users.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "dsp/base/params.h"
#include "dsp/base/stream_info.h"

namespace acq::sim {

inline constexpr std::array<std::string_view, 6> kDtypeNames = {"i8",  "u8",  "i16",
                                                                "u16", "i32", "f32"};
inline constexpr std::array<Dtype, 6> kDtypes = {Dtype::kI8,  Dtype::kU8,  Dtype::kI16,
                                                 Dtype::kU16, Dtype::kI32, Dtype::kF32};

std::span<const ParamSpec> parameters() noexcept;

}  // namespace acq::sim
