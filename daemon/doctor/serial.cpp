// Serial lines: those there are, and those that are configured.
#include <algorithm>
#include <set>

#include "daemon/doctor/finding.h"

namespace acq::doctor {
namespace {

// The path of a serial line that an instrument is configured for; empty: none.
std::string configured_port(const InstrumentConfig& instrument) {
  constexpr std::string_view kScheme = "serial://";
  for (const char* key : {"address", "port", "device"}) {
    const auto value = instrument.params.find(key);
    if (value == instrument.params.end()) continue;
    const auto* text = std::get_if<std::string>(&value->second);
    if (text == nullptr) continue;
    if (text->starts_with(kScheme))
      return text->substr(kScheme.size(), text->find('?') - kScheme.size());
    if (text->starts_with("/dev/")) return *text;
  }
  return {};
}

void check_one(const Machine& machine, const std::string& path, bool is_configured,
               Findings& findings) {
  const std::string node = machine.root.at(path);
  const std::string rights = rights_text(node);
  if (rights.empty()) {
    findings.push_back({is_configured ? Level::kProblem : Level::kNote,
                        "serial_rights",
                        path,
                        "is not there",
                        {"acqctl scan --serial", "ls -l /dev/serial/by-id"}});
  } else if (is_open_to_us(node)) {
    findings.push_back({Level::kGood, "serial_rights", path, machine.user + " may open it"});
  } else {
    findings.push_back({Level::kProblem,
                        "serial_rights",
                        path,
                        machine.user + " may not open it (" + rights + ")",
                        {"sudo adduser " + machine.user + " " + group_of(node),
                         "log in again, or restart the service"}});
  }
}

}  // namespace

void check_serial(const Machine& machine, Findings& findings) {
  std::set<std::string> configured;
  for (const auto& [name, instrument] : machine.config.instruments) {
    const std::string port = configured_port(instrument);
    if (!port.empty() && instrument.is_enabled) configured.insert(port);
  }
  std::set<std::string> all = configured;
  for (const discovery::SerialPort& port : discovery::serial_ports(machine.root)) {
    if (!configured.contains(port.node)) all.insert(port.path);
  }
  for (const std::string& path : all) check_one(machine, path, configured.contains(path), findings);
}

}  // namespace acq::doctor
