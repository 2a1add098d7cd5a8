// The configuration that is built in.
#pragma once

#include <string>

namespace acq {

// daemon/config/default.toml with the folder of the recordings filled in.
std::string default_config();

}  // namespace acq
