// What acqd does besides running: looking at the machine.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace acq {

// Gives the exit status.
using Command = std::function<int()>;

// Each adds a subcommand, which sets `command` when it is named.
void add_scan(CLI::App& app, Command& command);
void add_doctor(CLI::App& app, Command& command);

// Something has to be mended.
inline constexpr int kExitProblem = 12;

}  // namespace acq
