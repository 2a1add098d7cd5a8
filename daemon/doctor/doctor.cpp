// acqd doctor: what is wrong with the machine, and what to type.
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "daemon/commands.h"
#include "daemon/doctor/finding.h"
#include "daemon/program.h"
#include "proto/text.h"

namespace acq {
namespace {

using doctor::Finding;
using doctor::Findings;
using doctor::Level;
using doctor::Machine;

constexpr const char* kInstalledConfig = ACQ_CONFIG_FILE;

struct Options {
  bool is_json = false;
  ProgramOptions program;
  std::string control;
  std::string user;
  std::string root;
};

const char* word(Level level) {
  switch (level) {
    case Level::kGood: return "good";
    case Level::kNote: return "note";
    case Level::kProblem: return "problem";
  }
  return "";
}

std::string own_name() {
  const passwd* entry = getpwuid(geteuid());
  return entry == nullptr ? std::to_string(geteuid()) : entry->pw_name;
}

// From now on this process has the rights of that account.
Result<void> become(const std::string& user) {
  const passwd* entry = getpwnam(user.c_str());
  if (entry == nullptr)
    return fail(Code::kNotFound, "there is no account " + shown(user), "--user");
  if (entry->pw_uid == geteuid()) return {};
  if (initgroups(entry->pw_name, entry->pw_gid) != 0 || setgid(entry->pw_gid) != 0 ||
      setuid(entry->pw_uid) != 0)
    return fail(Code::kDenied,
                "cannot look with the rights of " + shown(user) + ": " + std::strerror(errno),
                "--user", "run as root: sudo acqctl doctor --user " + user);
  return {};
}

void load(Machine& machine, const ProgramOptions& program, Findings& findings) {
  std::vector<Problem> problems;
  machine.config = load_config(program, problems).config;
  const std::string subject =
      program.config_file.empty() ? "the embedded default" : program.config_file;
  for (const Problem& problem : problems)
    findings.push_back({Level::kProblem,
                        "configuration",
                        subject,
                        to_string(problem),
                        {"acqd --check-config " + program.config_file}});
  if (problems.empty())
    findings.push_back({Level::kGood, "configuration", subject,
                        std::to_string(machine.config.instruments.size()) + " instruments"});
}

std::string json_of(const Findings& findings) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
    list.push_back({{"level", word(finding.level)},
                    {"check", finding.check},
                    {"subject", finding.subject},
                    {"sentence", finding.sentence},
                    {"remedy", finding.remedy}});
  }
  return list.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string text_of(const Findings& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    std::string level = word(finding.level);
    level.resize(9, ' ');
    text += level + finding.check + ": " + cleaned(finding.subject) + ": " +
            cleaned(finding.sentence) + "\n";
    for (const std::string& line : finding.remedy) text += "             " + cleaned(line) + "\n";
  }
  return text;
}

int examine(Options& options) {
  if (!options.user.empty()) {
    if (const Result<void> done = become(options.user); !done) {
      std::fprintf(stderr, "acqd: %s\n", to_string(done.error()).c_str());
      return static_cast<int>(done.error().code);
    }
  }
  Machine machine{.root = {options.root}, .user = own_name(), .control = options.control};
  Findings findings;
  load(machine, options.program, findings);
  if (machine.control.empty()) machine.control = machine.config.control_bind.front();
  for (const auto check : {doctor::check_daemon, doctor::check_endpoints, doctor::check_service,
                           doctor::check_usb, doctor::check_usb_memory, doctor::check_firmware,
                           doctor::check_serial, doctor::check_limits})
    check(machine, findings);
  const std::string text = options.is_json ? json_of(findings) : text_of(findings);
  std::fputs(text.c_str(), stdout);
  const bool has_problem =
      std::any_of(findings.begin(), findings.end(),
                  [](const Finding& finding) { return finding.level == Level::kProblem; });
  return has_problem ? kExitProblem : 0;
}

}  // namespace

void add_doctor(CLI::App& app, Command& command) {
  auto* examination = app.add_subcommand(
      "doctor", "Say what keeps instruments from working on this machine, and what to type");
  auto options = std::make_shared<Options>();
  options->program.runtime_folder = "/run/acqd";
  if (std::filesystem::exists(kInstalledConfig)) options->program.config_file = kInstalledConfig;
  examination->add_flag("--json", options->is_json, "print JSON");
  examination->add_option("--config", options->program.config_file,
                          "the daemon's configuration; default: the installed one");
  examination->add_option("--control", options->control,
                          "endpoint of the daemon; default: as configured");
  examination->add_option("--user", options->user,
                          "look with the rights of this account, such as acqd (needs root)");
  examination->add_option("--root", options->root,
                          "look at the /sys, /dev and /etc below this folder");
  examination->callback([&command, options] { command = [options] { return examine(*options); }; });
}

}  // namespace acq
