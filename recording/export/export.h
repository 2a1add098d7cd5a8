// Writes recordings for other programs, in bounded memory.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "recording/export/exporter.h"
#include "recording/journal_cursor.h"
#include "recording/verify.h"

namespace acq::exports {

struct ExportRequest {
  std::string path;
  std::vector<std::string> topics;  // "s/daq/wave", "daq/wave" or "d/daq/psd"; none: all there are
  // Packets and frames that arrived in between, on the file's clock.
  std::int64_t from_ns = JournalFilter().from_ns;
  std::int64_t to_ns = JournalFilter().to_ns;
};

struct TopicReport {
  std::string topic;
  std::string start_utc;
  std::uint64_t frames = 0;   // packets or frames
  std::uint64_t samples = 0;  // per channel; of results: frames
  std::uint64_t lost = 0;     // samples, named as the format can
  std::uint64_t lost_frames = 0;
  std::uint64_t gaps = 0;
};

struct ExportReport {
  std::vector<std::string> paths;
  std::vector<TopicReport> topics;
  std::vector<JournalDamage> damages;  // of what was read
};

// Reads the journal once for each topic. On an error, and when `is_interrupted` (asked now and then)
// says so, nothing is left behind.
Result<ExportReport> export_recording(const Journal& journal, const Format& format,
                                      const ExportRequest& request, const Progress& progress = {},
                                      const std::function<bool()>& is_interrupted = {});

}  // namespace acq::exports
