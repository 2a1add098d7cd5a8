// RIFF WAVE, RF64 and BW64 files.
#pragma once

#include <memory>
#include <string>

#include "drivers/replay/sample_file.h"

namespace acq::replay {

// Integer PCM of 8, 16, 24 and 32 bits and float of 32 and 64, 1 to 64 channels. Values are in
// fractions of full scale. Sources: Multimedia Programming Interface and Data Specifications 1.0
// (IBM, Microsoft 1991); EBU Tech 3306 (RF64); ITU-R BS.2088 (BW64).
Result<std::unique_ptr<SampleFile>> open_wav(const std::string& path);

}  // namespace acq::replay
