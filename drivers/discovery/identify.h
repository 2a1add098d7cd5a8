// Asking what was found who it is, and choosing its driver by the answer.
#pragma once

#include <span>
#include <string>

#include "drivers/discovery/found.h"
#include "drivers/scpi/profile.h"
#include "drivers/scpi/session.h"
#include "drivers/transport/until.h"

namespace acq::discovery {

// Kind, driver, profile and name by what the instrument at `address` says it is. Of a model that
// tells nothing the kind stays as it was guessed. Vendor and model are not empty.
void use_identity(Found& found, const std::string& address, const scpi::Identity& identity,
                  std::span<const scpi::Profile> profiles);

// Opens its addresses one after another and sends *IDN?; the first that answers like an instrument is
// the one in the configuration. All together have until the deadline, each its share of what is left.
// Without an answer it stays as found, with the reason in the remark. Threads: each its own `found`.
void ask_identity(Found& found, const Until& until, std::span<const scpi::Profile> profiles);

}  // namespace acq::discovery
