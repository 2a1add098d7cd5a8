// Units and quantities: "20 kHz" to 20000 of "Hz".
#pragma once

#include <string>
#include <string_view>

#include "dsp/base/result.h"

namespace acq {

// Reads a number with an optional unit and converts it to `unit` ("Hz", "s", "V", "B", "1", ...).
// A bare number is already in `unit`.
//
// Accepts the SI prefixes a to Y on the units that take them ("uV" and "µV" alike; "da" and "d"
// too, so "dm" is a tenth of a metre), Ki to Ti and k to Y on "B" and "bit", and the units of the
// table in units.cpp that measure the same: "min", "h", "d", "%", "ppm", "rpm", "S/s", "ohm",
// "rad". A unit outside the table is accepted as it is written, without a prefix. The value is the
// double nearest to what was written: prefixes shift the decimal point, they do not multiply.
// kInvalid when the text is not a number, not finite, or of another dimension; the sentence says
// which.
Result<double> parse_quantity(std::string_view text, std::string_view unit);

// What is written behind the number: "V" of "0.5 V", "" of "0.5".
std::string_view unit_of(std::string_view text) noexcept;

// 20000, "Hz" -> "20 kHz". Reading the text of a finite value back gives the same number, bit for
// bit.
std::string format_quantity(double value, std::string_view unit);

}  // namespace acq
