// Values in answers of instruments and in commands to them (IEEE 488.2-1992, 7.7 and 8.7; SCPI-99,
// 7.2 for infinities).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dsp/base/result.h"

namespace acq::scpi {

// All of these allow white space around the value, and give kInvalid quoting what is none.

// NR1, NR2, NR3, and #H, #Q, #B. 9.9E37 and INF are infinite, 9.91E37 and NAN are no number.
Result<double> parse_number(std::string_view text);
// NR1, #H, #Q, #B; also NR2 and NR3 with a whole value, which some instruments give for counts.
Result<std::int64_t> parse_integer(std::string_view text);
// 0, 1, OFF, ON
Result<bool> parse_flag(std::string_view text);
// "it ""is"" so" or 'it ''is'' so'
Result<std::string> parse_string(std::string_view text);

// The shortest NR1, NR2 or NR3 that reads back as the same number; infinities as 9.9E37, no number
// as 9.91E37.
std::string format_number(double value);
// In double quotes, with those inside doubled.
std::string format_string(std::string_view text);

// Whether an answer names what `word` names, which is in short forms ("VOLT:DC"): like it, in long
// forms ("VOLTage:DC"), or without the DC at its end, which SCPI takes for granted ("VOLT").
bool means(std::string_view answer, std::string_view word) noexcept;

// Without white space at either end.
std::string_view trim(std::string_view text) noexcept;
bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;

}  // namespace acq::scpi
