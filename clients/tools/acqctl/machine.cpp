// The work of acqd's own program, which has the drivers: acqctl becomes it.
#include "clients/tools/acqctl/machine.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

namespace acq::tool {
namespace {

// The program installed with this one; otherwise whatever the system finds.
std::string daemon_program() {
  std::error_code error;
  const auto own = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto beside = own.parent_path() / "acqd";
  return !error && std::filesystem::exists(beside, error) ? beside.string() : "acqd";
}

// Becomes acqd with these words. Returns only when it cannot.
Result<int> become(const std::vector<std::string>& words) {
  const std::string program = daemon_program();
  std::vector<char*> arguments;
  std::vector<std::string> all = {program};
  all.insert(all.end(), words.begin(), words.end());
  for (std::string& word : all) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execvp(program.c_str(), arguments.data());
  return fail(Code::kNotFound, "cannot run " + program + ": " + std::strerror(errno), "acqd",
              "acqd installed beside acqctl, or in the PATH");
}

struct Scan {
  std::vector<std::string> flags;  // for acqd
  double timeout_s = 3;
};

void add_scan_flag(CLI::App* scan, const std::shared_ptr<Scan>& request, const char* flag,
                   const char* text) {
  scan->add_flag_callback(flag, [request, flag] { request->flags.emplace_back(flag); }, text);
}

void add_scan(CLI::App& app, Action& action) {
  auto* scan =
      app.add_subcommand("scan", "Find instruments and print a configuration that uses them");
  auto request = std::make_shared<Scan>();
  add_scan_flag(scan, request, "--usb", "look on USB; with no choice: everywhere");
  add_scan_flag(scan, request, "--lan", "ask the local network (multicast DNS)");
  add_scan_flag(scan, request, "--serial", "list serial lines");
  add_scan_flag(scan, request, "--audio", "list sound cards");
  add_scan_flag(scan, request, "--no-ask",
                "do not ask instruments on USB and the network who they are (*IDN?)");
  add_scan_flag(scan, request, "--ask-serial", "ask serial lines too: writes to what is connected");
  add_scan_flag(scan, request, "--ask-far",
                "ask what is announced beyond this machine's own networks too");
  scan->add_option("--timeout", request->timeout_s, "seconds to wait for the network")
      ->check(CLI::Range(0.1, 60.0))
      ->capture_default_str();
  scan->callback([&action, request] {
    action = [request](const Options& options) {
      std::vector<std::string> words = {"scan", "--timeout", std::to_string(request->timeout_s)};
      words.insert(words.end(), request->flags.begin(), request->flags.end());
      if (options.is_json) words.emplace_back("--json");
      return become(words);
    };
  });
}

void add_doctor(CLI::App& app, Action& action) {
  auto* doctor = app.add_subcommand(
      "doctor", "Say what keeps instruments from working on this machine, and what to type");
  auto config = std::make_shared<std::string>();
  auto user = std::make_shared<std::string>();
  doctor->add_option("--config", *config, "the daemon's configuration; default: the installed one");
  doctor->add_option("--user", *user,
                     "look with the rights of this account, such as acqd (needs root)");
  doctor->callback([&action, config, user] {
    action = [config, user](const Options& options) {
      std::vector<std::string> words = {"doctor"};
      // What only the environment or an option tells; otherwise as configured.
      if (!options.control.empty() || std::getenv("ACQD_CONTROL") != nullptr)
        words.insert(words.end(), {"--control", control_endpoint(options)});
      if (!config->empty()) words.insert(words.end(), {"--config", *config});
      if (!user->empty()) words.insert(words.end(), {"--user", *user});
      if (options.is_json) words.emplace_back("--json");
      return become(words);
    };
  });
}

}  // namespace

void add_machine(CLI::App& app, Action& action) {
  add_scan(app, action);
  add_doctor(app, action);
}

}  // namespace acq::tool
