// What the verbs of acqctl recording share.
#pragma once

#include "clients/tools/acqctl/program.h"
#include "recording/verify.h"

namespace acq::tool {

// On a terminal alone, and only what takes a while.
Progress progress_to_terminal(const char* what);

void add_recording_export(CLI::App& recording, Action& action);
void add_recording_play(CLI::App& recording, Action& action);

}  // namespace acq::tool
