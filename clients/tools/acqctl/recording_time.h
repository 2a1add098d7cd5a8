// Times of recordings as a person writes and reads them.
#pragma once

#include <cstdint>
#include <string>

#include "recording/journal.h"

namespace acq::tool {

// "2026-11-29 08:15:00.250 UTC".
std::string utc_text(std::int64_t utc_ns);

// "12.5" or "12.5 s": from the start of the recording; anything else: the mark of that text.
Result<std::int64_t> time_in(const Journal& journal, const std::string& raw_text);

}  // namespace acq::tool
