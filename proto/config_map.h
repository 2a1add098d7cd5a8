// TOML onto the Config message, by the message's own description.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "acq/v1/config.pb.h"
#include "proto/config.h"

namespace acq {

using ConfigLines = std::map<std::string, int, std::less<>>;

// Reports unknown keys, wrong types and syntax errors; `problem.where` is "file:line".
// `lines` gets the line of each key by its path.
void map_toml(std::string_view text, const std::string& file, v1::Config& message,
              ConfigLines& lines, std::vector<Problem>& problems);

}  // namespace acq
