// What a journal knows of its streams and topics, for exporters.
#pragma once

#include <string>

#include "recording/export/exporter.h"
#include "recording/journal_cursor.h"

namespace acq::exports {

// Of the item's stream or topic at this item; kUnsupported: of a kind that no exporter takes.
Result<Description> describe(const Journal& journal, const JournalItem& item);

// UTC without jumps of a moment on the journal's or the instrument's clock, ns.
std::int64_t utc_of(const Journal& journal, const Stamp& stamp,
                    std::int64_t arrival_utc_ns) noexcept;
// What that goes by: "the daemon's clock, when the host received it".
std::string clock_text(const Stamp& stamp);

// The x of the values of a record or spectrum.
void fill_axis(const Axis& axis, const FrameHeader& header, std::size_t count,
               std::vector<double>& x);

}  // namespace acq::exports
