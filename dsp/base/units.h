// Units and quantities: "20 kHz" to 20000 of "Hz".
#pragma once

#include <string>
#include <string_view>

#include "dsp/base/result.h"

namespace acq {

// Reads a number with an optional unit and converts it to `unit` ("Hz", "s", "V", "B", "1", ...).
// Accepts SI prefixes (y..Y), IEC prefixes for bytes (KiB, MiB, GiB), "min", "h", "d", "%", "ppm",
// "dB" and "deg" where the target is of that kind; "uV" and "µV" alike. A bare number is already in
// `unit`. kInvalid when the text is not a number, not finite, or of another dimension; the sentence
// says which.
Result<double> parse_quantity(std::string_view text, std::string_view unit);

// 20000, "Hz" -> "20 kHz". Reading the text back gives the same number, bit for bit.
std::string format_quantity(double value, std::string_view unit);

}  // namespace acq
