// Values and quantities as a person types and reads them.
#pragma once

#include <string>
#include <string_view>

#include "acq/v1/control.pb.h"
#include "dsp/base/result.h"

namespace acq::tool {

// "4096", "true", "20 kHz", "[1, 2]", "{gain = 2}", "\"7\"": numbers, flags, lists and tables as in
// the configuration; anything else is text. kInvalid: a list, table or quoted text with an error.
Result<v1::Value> parse_value(std::string_view text);

// "PATH=VALUE". kInvalid: no path, or no equals sign.
Result<v1::Assignment> parse_assignment(std::string_view text);

// The same notation back.
std::string value_text(const v1::Value& value);
// In the unit of its setting, "20 kHz".
std::string value_text(const v1::Value& value, std::string_view unit);

// "0 Hz to 50 kHz", "hann, flat_top", or empty when anything goes.
std::string allowed_text(const v1::Setting& setting);

// Four significant digits with an SI prefix: 0.00123 s -> "1.23 ms". For reading, not for reading
// back.
std::string si_text(double value, std::string_view unit);

// Lower-case word of an enumerator: ACQUIRING -> "acquiring".
std::string word(std::string_view enumerator);

}  // namespace acq::tool
