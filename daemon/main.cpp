// acqd: the command line.
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "daemon/commands.h"
#include "daemon/default_config.h"
#include "daemon/program.h"
#include "daemon/service/log.h"

namespace {

constexpr int kExitConfig = 78;  // EX_CONFIG of sysexits.h

// systemd names RuntimeDirectory= and StateDirectory= so; several are separated by colons.
std::string folder_from(const char* variable, const char* otherwise) {
  const char* folder = std::getenv(variable);
  if (folder == nullptr) return otherwise;
  return std::string(folder).substr(0, std::string_view(folder).find(':'));
}

int check(const acq::ProgramOptions& options) {
  std::vector<acq::Problem> problems;
  const acq::ConfigText text = acq::load_config(options, problems);
  acq::Daemon::check(text, acq::system_clock(), problems);
  for (const acq::Problem& problem : problems) {
    std::fprintf(stderr, "%s\n", acq::to_string(problem).c_str());
  }
  if (!problems.empty()) return kExitConfig;
  std::printf("%s: %zu instruments, %zu pipelines: good\n", options.config_file.c_str(),
              text.config.instruments.size(), text.config.pipelines.size());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"acqd: real-time instrument acquisition and processing daemon"};
  acq::ProgramOptions options{.config_file = "",
                              .runtime_folder = folder_from("RUNTIME_DIRECTORY", "/run/acqd"),
                              .state_folder = folder_from("STATE_DIRECTORY", "")};
  std::string checked;
  bool prints_default = false;
  app.set_version_flag("--version", "acqd " ACQ_VERSION);
  app.add_option("--config", options.config_file,
                 "configuration (TOML); default: the embedded one");
  app.add_option("--check-config", checked, "say all that is wrong with a configuration, and end");
  app.add_option("--runtime-dir", options.runtime_folder,
                 "folder of the sockets that the configuration does not name");
  app.add_option("--state-dir", options.state_folder,
                 "folder of what is kept from run to run; without one nothing is");
  app.add_flag(
      "--reproducible", options.is_reproducible,
      "for replays: the same input gives the same frames, bit for bit; waits for the slowest "
      "subscriber instead of dropping frames for it, and plans transforms without measuring");
  app.add_flag("--print-default-config", prints_default,
               "print the embedded configuration, and end");
  acq::Command command;
  acq::add_scan(app, command);
  acq::add_doctor(app, command);
  CLI11_PARSE(app, argc, argv);

  if (command) return command();
  if (prints_default) {
    std::fputs(acq::default_config().c_str(), stdout);
    return 0;
  }
  if (!checked.empty()) {
    options.config_file = checked;
    return check(options);
  }
  acq::set_up_log();
  try {
    return acq::Program(std::move(options)).run();
  } catch (const std::exception& error) {
    spdlog::critical("{}", error.what());
    return EXIT_FAILURE;
  }
}
