// The sandbox of the service: it reaches no device and no network until a drop-in says so.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <string_view>

#include "daemon/doctor/finding.h"

namespace acq::doctor {
namespace {

constexpr const char* kUnit = "acqd.service";

std::string read_all(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The unit and its drop-ins, one text; empty: it is not installed.
std::string unit_text(const discovery::Root& root) {
  std::string text;
  for (const char* folder :
       {"/etc/systemd/system/", "/lib/systemd/system/", "/usr/lib/systemd/system/"}) {
    if (text = read_all(root.at(folder + std::string(kUnit))); !text.empty()) break;
  }
  if (text.empty()) return {};
  for (const char* folder : {"/etc/systemd/system/", "/run/systemd/system/"}) {
    const std::string drop_ins = root.at(folder + std::string(kUnit) + ".d/");
    for (const std::string& name : discovery::names_in(drop_ins))
      if (name.ends_with(".conf")) text += read_all(drop_ins + name);
  }
  return text;
}

bool has_line(std::string_view text, std::string_view start) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (text.substr(0, end).starts_with(start)) return true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

struct Need {
  bool is_usb = false;
  bool is_serial = false;
  bool is_network = false;
};

bool is_this_machine(std::string_view host) {
  return host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]");
}

Need need_of(const Config& config) {
  Need need;
  for (const auto& [name, instrument] : config.instruments) {
    if (!instrument.is_enabled) continue;
    need.is_usb = need.is_usb || instrument.driver == "fx2lafw";
    for (const char* key : {"address", "port", "device", "host"}) {
      const auto value = instrument.params.find(key);
      if (value == instrument.params.end()) continue;
      const auto* text = std::get_if<std::string>(&value->second);
      if (text == nullptr) continue;
      const std::size_t scheme = text->find("://");
      const std::string_view host =
          scheme == std::string::npos ? *text : std::string_view(*text).substr(scheme + 3);
      if (text->starts_with("usb://")) {
        need.is_usb = true;
      } else if (text->starts_with("serial://") || text->starts_with("/dev/")) {
        need.is_serial = true;
      } else if ((scheme != std::string::npos || key == std::string_view("host")) &&
                 !is_this_machine(host)) {
        need.is_network = true;
      }
    }
  }
  return need;
}

void expect(bool is_needed, std::string_view unit, std::string_view line, const char* what,
            const char* example, Findings& findings) {
  if (!is_needed) return;
  if (has_line(unit, line)) {
    findings.push_back({Level::kGood, "service", kUnit, std::string("reaches ") + what});
  } else {
    findings.push_back({Level::kProblem, "service", kUnit,
                        std::string("an instrument is configured on ") + what +
                            ", which the service may not reach: no drop-in says " +
                            std::string(line),
                        drop_in_remedy(example)});
  }
}

}  // namespace

void check_service(const Machine& machine, Findings& findings) {
  const std::string unit = unit_text(machine.root);
  if (unit.empty()) {
    findings.push_back({Level::kNote,
                        "service",
                        kUnit,
                        "is not installed",
                        {"sudo apt install ./build/package/acqd_*.deb"}});
    return;
  }
  const Need need = need_of(machine.config);
  expect(need.is_usb, unit, "DeviceAllow=char-usb_device", "USB", "usb.conf", findings);
  expect(need.is_serial, unit, "DeviceAllow=char-tty", "a serial line", "serial.conf", findings);
  // The unit allows this machine; a drop-in has to name the network.
  const bool is_allowed =
      has_line(unit, "IPAddressAllow=any") ||
      unit.find("IPAddressAllow=", unit.find("IPAddressAllow=") + 1) != std::string::npos;
  if (need.is_network && is_allowed) {
    findings.push_back({Level::kGood, "service", kUnit, "reaches a network"});
  } else {
    expect(need.is_network, is_allowed ? unit : "", "IPAddressAllow=", "the network",
           "network.conf", findings);
  }
}

}  // namespace acq::doctor
