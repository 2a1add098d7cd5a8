// Serial ports, from /sys/class/tty and the names that udev gives in /dev/serial/by-id.
#include <algorithm>
#include <map>

#include "drivers/discovery/machine.h"

namespace acq::discovery {
namespace {

// The kernel reserves ports of PC boards that are not there: their type is 0.
bool is_there(const std::string& folder) {
  return !link_name(folder + "/device/driver").empty() && read_line(folder + "/type") != "0";
}

// What the device a port belongs to calls itself: a port of a USB adapter is below its device.
std::string name_of(const std::string& folder) {
  for (const char* above : {"/device/../", "/device/../../"}) {
    const std::string device = folder + above;
    const std::string product = read_line(device + "product");
    if (product.empty()) continue;
    const std::string manufacturer = read_line(device + "manufacturer");
    return manufacturer.empty() ? product : manufacturer + " " + product;
  }
  return {};
}

}  // namespace

std::vector<SerialPort> serial_ports(const Root& root) {
  constexpr std::string_view kById = "/dev/serial/by-id/";
  constexpr std::string_view kClass = "/sys/class/tty/";
  std::map<std::string, std::string> stable;  // by node
  for (const std::string& name : names_in(root.at(kById))) {
    const std::string target = link_name(root.at(kById) + name);
    if (!target.empty()) stable.try_emplace("/dev/" + target, std::string(kById) + name);
  }
  std::vector<SerialPort> ports;
  for (const std::string& name : names_in(root.at(kClass))) {
    const std::string folder = root.at(kClass) + name;
    if (!is_there(folder)) continue;
    const std::string node = "/dev/" + name;
    const auto link = stable.extract(node);
    ports.push_back({.path = link.empty() ? node : link.mapped(),
                     .node = node,
                     .name = name_of(folder),
                     .driver = link_name(folder + "/device/driver")});
  }
  for (const auto& [node, path] : stable)
    ports.push_back({.path = path, .node = node, .name = {}, .driver = {}});
  return ports;
}

}  // namespace acq::discovery
