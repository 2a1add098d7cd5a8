// SigMF recordings: JSON metadata beside raw samples.
#pragma once

#include <memory>
#include <string>

#include "drivers/replay/sample_file.h"

namespace acq::replay {

// Real types of 8, 16 and 32 bit integers and 32 and 64 bit floats, either byte order, interleaved
// channels. `path` is either file of the pair. Scale, unit and label of channels come from our
// extension "acqd:channels": a list of objects with id, label, quantity, unit, scale, offset,
// range_min, range_max and significant_bits, all optional.
//
// Where captures follow each other, what lies between them is a gap: exact by core:global_index;
// where that is missing, by core:datetime, not exact, and none while the times are not written
// finely enough to tell. Its reasons are those of our "acqd:reasons", else unknown; a new record is one
// without anything lost.
// Source: SigMF specification 1.2, https://github.com/sigmf/SigMF
Result<std::unique_ptr<SampleFile>> open_sigmf(const std::string& path);

}  // namespace acq::replay
