// Addresses the daemon may bind.
#pragma once

#include <string_view>

#include "dsp/base/result.h"

namespace acq {

// "ipc://PATH", "tcp://127.0.0.1:PORT" or "tcp://[::1]:PORT", PORT from 1 to 65535 or * for any
// free one. Numeric loopback addresses only: kDenied for any other host, with the reason;
// kInvalid for what is not an endpoint at all. Nothing is looked up.
Result<void> check_endpoint(std::string_view raw);

// "127.0.0.1:PORT" or "[::1]:PORT", in the same way.
Result<void> check_loopback_address(std::string_view raw);

}  // namespace acq
