// Asking the local network what is there, without a daemon: one-shot queries of multicast DNS
// (RFC 6762, 5.1).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "drivers/discovery/services.h"
#include "drivers/transport/until.h"

namespace acq::dns {

// Asks on every network this machine is on, over IPv4 and IPv6, several times, for what offers services of these
// types, and collects answers up to the deadline. What cannot be understood is passed over.
// kUnsupported: there is no network to ask on.
Result<std::vector<Service>> browse(std::span<const std::string_view> types, const Until& until);

}  // namespace acq::dns
