// What is wrong with a machine, and what to type against it.
#pragma once

#include <string>
#include <vector>

#include "drivers/discovery/machine.h"
#include "proto/config.h"

namespace acq::doctor {

enum class Level { kGood, kNote, kProblem };

struct Finding {
  Level level = Level::kGood;
  std::string check;                     // "usb_rights"
  std::string subject;                   // what was looked at
  std::string sentence;                  // what was found
  std::vector<std::string> remedy = {};  // commands, in their order
};
using Findings = std::vector<Finding>;

// Who asks, and about what.
struct Machine {
  discovery::Root root;
  std::string user;     // whose rights are looked at: those of this process
  std::string control;  // endpoint of the daemon
  Config config = {};
};

// Each looks at one side of the machine.
void check_usb(const Machine& machine, Findings& findings);
void check_usb_memory(const Machine& machine, Findings& findings);
void check_firmware(const Machine& machine, Findings& findings);
void check_serial(const Machine& machine, Findings& findings);
void check_service(const Machine& machine, Findings& findings);
void check_daemon(const Machine& machine, Findings& findings);
void check_endpoints(const Machine& machine, Findings& findings);
// Changes this process the way the daemon changes itself: the last one.
void check_limits(const Machine& machine, Findings& findings);

// "0640 root dialout", for messages; empty: there is no such file.
std::string rights_text(const std::string& path);
// Whether the account that started this process, or that it became, may read and write it.
bool is_open_to_us(const std::string& path);
// The group that a file belongs to.
std::string group_of(const std::string& path);
// Copies an example drop-in of the package into the unit.
std::vector<std::string> drop_in_remedy(const std::string& example);

}  // namespace acq::doctor
