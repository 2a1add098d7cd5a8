// The subcommands that look at this machine and need no daemon.
#pragma once

#include "clients/tools/acqctl/program.h"

namespace acq::tool {

// scan and doctor.
void add_machine(CLI::App& app, Action& action);

}  // namespace acq::tool
