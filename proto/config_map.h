// TOML onto the Config message, by the message's own description.
#pragma once

#include <string_view>
#include <vector>

#include "acq/v1/config.pb.h"
#include "proto/config.h"

namespace acq {

// Sets `message`, and `text.lines` for each key. Reports syntax errors, unknown keys, wrong types,
// names and counts; the values themselves are checked by config.cpp.
void map_toml(std::string_view toml, v1::Config& message, ConfigText& text,
              std::vector<Problem>& problems);

}  // namespace acq
