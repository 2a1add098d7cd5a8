// USB devices, from /sys/bus/usb/devices.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>

#include "drivers/discovery/machine.h"

namespace acq::discovery {
namespace {

template <typename T>
std::optional<T> number(const std::string& text, int base) {
  T value{};
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || stop != text.data() + text.size() || text.empty()) return {};
  return value;
}

// The interfaces of the configuration in force: the folders "1-2:1.0" within the device's own.
std::vector<UsbDevice::Interface> interfaces_of(const std::string& device) {
  std::vector<UsbDevice::Interface> interfaces;
  for (const std::string& name : names_in(device)) {
    if (name.find(':') == std::string::npos) continue;
    const std::string folder = device + "/" + name;
    const auto interface = number<std::uint8_t>(read_line(folder + "/bInterfaceNumber"), 16);
    const auto class_code = number<std::uint8_t>(read_line(folder + "/bInterfaceClass"), 16);
    const auto subclass = number<std::uint8_t>(read_line(folder + "/bInterfaceSubClass"), 16);
    if (interface && class_code && subclass)
      interfaces.push_back({*interface, *class_code, *subclass, link_name(folder + "/driver")});
  }
  return interfaces;
}

std::string node_of(unsigned bus, unsigned device) {
  char text[64];
  std::snprintf(text, sizeof text, "/dev/bus/usb/%03u/%03u", bus, device);
  return text;
}

}  // namespace

const UsbDevice::Interface* UsbDevice::find(std::uint8_t class_code, std::uint8_t subclass) const {
  const auto found =
      std::find_if(interfaces.begin(), interfaces.end(), [&](const Interface& interface) {
        return interface.class_code == class_code && interface.subclass == subclass;
      });
  return found == interfaces.end() ? nullptr : &*found;
}

std::vector<UsbDevice> usb_devices(const Root& root) {
  const std::string all = root.at("/sys/bus/usb/devices");
  std::vector<UsbDevice> devices;
  for (const std::string& name : names_in(all)) {
    const std::string folder = all + "/" + name;
    const auto vendor = number<std::uint16_t>(read_line(folder + "/idVendor"), 16);
    const auto product = number<std::uint16_t>(read_line(folder + "/idProduct"), 16);
    const auto bus = number<unsigned>(read_line(folder + "/busnum"), 10);
    const auto device = number<unsigned>(read_line(folder + "/devnum"), 10);
    // Interfaces have none of these; a device may leave while it is looked at.
    if (!vendor || !product || !bus || !device) continue;
    devices.push_back({.port_path = name,
                       .vendor_id = *vendor,
                       .product_id = *product,
                       .manufacturer = read_line(folder + "/manufacturer"),
                       .product = read_line(folder + "/product"),
                       .serial = read_line(folder + "/serial"),
                       .node = node_of(*bus, *device),
                       .interfaces = interfaces_of(folder)});
  }
  return devices;
}

}  // namespace acq::discovery
