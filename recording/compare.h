// Whether two recordings hold the same frames, bit for bit.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "recording/journal.h"
#include "recording/verify.h"

namespace acq {

struct FrameComparison {
  std::uint64_t frames = 0;  // that were the same
  // The first difference, in a sentence with topic, frame, and sample or field. Nothing: there is none.
  std::optional<std::string> difference;
};

// Frame by frame, for each of `topics` (of `expected`; none: all): values, indices, epochs, gaps, times,
// triggers, results, descriptions. Left out is what differs from run to run: run_id, sequence,
// config_revision, host_rx_ns, stream_id, descriptor_id, the flag `replayed`, and of descriptions
// stream_id, flags and software. Reads both once for each topic, in bounded memory.
//
// kNotFound: a topic that one of them does not have; kInvalid: there are no frames, or damaged ones.
Result<FrameComparison> compare_frames(const Journal& played, const Journal& expected,
                                       const std::vector<std::string>& topics,
                                       const Progress& progress = {});

}  // namespace acq
