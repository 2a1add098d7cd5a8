// What an instrument that speaks SCPI is used with, once its kind is known.
#pragma once

#include <string>

#include "drivers/discovery/found.h"
#include "drivers/discovery/kinds.h"

namespace acq::discovery {

// Fills in kind, driver, stream, address and what is to be said about them, whatever was there.
void use_scpi(Found& found, Kind kind, std::string address);

}  // namespace acq::discovery
