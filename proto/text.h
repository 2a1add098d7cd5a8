// Text from outside: what may enter, and how it is shown in a message.
#pragma once

#include <string>
#include <string_view>

namespace acq {

// Valid UTF-8 (no overlong forms, no surrogates), without control characters (C0, DEL, C1).
// A tab or a line break is a control character. Real-time safe.
bool is_clean_text(std::string_view raw) noexcept;

// `raw` with everything that is not clean written as "\xNN".
std::string cleaned(std::string_view raw);

// At most 64 bytes of `raw` in single quotes, cleaned: for error sentences and logs.
std::string shown(std::string_view raw);

}  // namespace acq
