// NumPy arrays.
#pragma once

#include <memory>
#include <string>

#include "drivers/replay/sample_file.h"

namespace acq::replay {

// One- or two-dimensional, (samples) or (samples, channels), or (channels, samples) when the user
// says so; C or Fortran order, either byte order; i1 u1 i2 u2 i4 f4 f8.
// Source: NumPy Enhancement Proposal 1, format versions 1.0 to 3.0.
Result<std::unique_ptr<SampleFile>> open_npy(const std::string& path, const Hints& hints);

}  // namespace acq::replay
