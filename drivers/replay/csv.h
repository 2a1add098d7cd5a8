// Tables of numbers as text.
#pragma once

#include <memory>
#include <string>

#include "drivers/replay/sample_file.h"

namespace acq::replay {

// Separated by comma, semicolon, tab or blanks (the first that the first row of numbers has, in
// order semicolon, tab, comma, blank); decimal comma where the separator is not one; lines that
// start with # and empty lines are skipped; one row of names with units in () or [] may come first.
// A first column named t, time, ... is the time axis and gives the rate, unless the user does.
// Values are float64. Files up to 64 MiB, which are held in memory.
Result<std::unique_ptr<SampleFile>> open_csv(const std::string& path, const Hints& hints);

}  // namespace acq::replay
