// The declaration of a row of the parameter `registers`.
#pragma once

#include <string_view>

#include "dsp/base/params.h"

namespace acq::modbus {

inline constexpr std::string_view kKinds[] = {"holding", "input", "coil", "discrete"};
inline constexpr std::string_view kTypes[] = {"i16", "u16", "i32", "u32", "f32", "f64"};
inline constexpr std::string_view kOrders[] = {"high_first", "low_first"};

inline constexpr ParamSpec kRegisterFields[] = {
    {.name = "name", .type = ParamType::kText, .required = true, .text = "of its channel"},
    {.name = "unit_id",
     .type = ParamType::kInteger,
     .min = 0,
     .max = 255,
     .fallback = "1",
     .text = "number of the device on the line, or behind the gateway"},
    {.name = "kind",
     .type = ParamType::kChoice,
     .fallback = "holding",
     .text = "the table it is in",
     .choices = kKinds},
    {.name = "address",
     .type = ParamType::kInteger,
     .min = 0,
     .max = 65535,
     .required = true,
     .text = "as sent, from 0: register 40001 of a manual is holding 0"},
    {.name = "type",
     .type = ParamType::kChoice,
     .text = "what it holds, u16 when not given; coils and discrete inputs hold a bit",
     .choices = kTypes},
    {.name = "word_order",
     .type = ParamType::kChoice,
     .fallback = "high_first",
     .text = "of values of more than one register",
     .choices = kOrders},
    {.name = "scale", .fallback = "1", .text = "value = raw * scale + offset"},
    {.name = "offset", .fallback = "0", .text = "in the unit"},
    {.name = "unit", .type = ParamType::kText, .fallback = "1", .text = "of the value (UCUM)"},
};

}  // namespace acq::modbus
