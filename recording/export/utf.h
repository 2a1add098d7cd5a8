// Text in the encodings of other formats.
#pragma once

#include <string>
#include <string_view>

namespace acq::exports {

// Damaged UTF-8 becomes '?'.
std::u32string utf32_of(std::string_view utf8);
// UTF-16, for MATLAB.
std::u16string utf16_of(std::string_view utf8);

}  // namespace acq::exports
