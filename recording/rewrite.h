// New recordings out of old ones: mended, cut, merged.
#pragma once

#include <string>
#include <vector>

#include "recording/files.h"
#include "recording/journal_cursor.h"
#include "recording/mcap/compression.h"
#include "recording/verify.h"

namespace acq {

struct RewriteReport {
  std::string path;                    // of what was written
  std::uint64_t items = 0;             // packets, frames, events and so on
  std::uint64_t samples = 0;           // per channel, over all streams
  std::uint64_t missing = 0;           // samples now named as lost, reason `recorder`
  std::vector<JournalDamage> damages;  // of what was read
};

// Writes a segment anew, whole and with its index, as NAME.mcap; what was damaged or torn off is named
// as a gap. The old file is kept under its name with ".damaged" behind it.
Result<RewriteReport> recover_segment(Disk& disk, const std::string& path,
                                      const Progress& progress = {});

// The part of a recording from `filter`, into a new file. kBusy when there is one of that name.
Result<RewriteReport> cut(Disk& disk, const Journal& journal, const JournalFilter& filter,
                          const std::string& path, mcap::Compression compression,
                          const Progress& progress = {});

// Several recordings into one new file, in the order of time; what is between two of them of the same
// stream becomes a gap. kInvalid: the same samples are in two of them, or the numbers of one do not go
// on from those of the other.
Result<RewriteReport> merge(Disk& disk, const std::vector<const Journal*>& journals,
                            const std::string& path, mcap::Compression compression,
                            const Progress& progress = {});

}  // namespace acq
