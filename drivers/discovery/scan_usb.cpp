// Which USB devices are instruments.
#include <algorithm>
#include <array>
#include <cstdio>

#include "drivers/discovery/kinds.h"
#include "drivers/discovery/scan.h"
#include "drivers/discovery/scpi_found.h"

namespace acq::discovery {
namespace {

constexpr std::uint8_t kApplicationClass = 0xfe;
constexpr std::uint8_t kUsbtmc = 3;

// A text that a device is found by may stand in an address and in a configuration.
bool is_usable(std::string_view serial) {
  return !serial.empty() && std::all_of(serial.begin(), serial.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '_' || c == '.';
  });
}

std::string numbers(const UsbDevice& device) {
  char text[16];
  std::snprintf(text, sizeof text, "%04x:%04x", static_cast<unsigned>(device.vendor_id),
                static_cast<unsigned>(device.product_id));
  return text;
}

// Several of one product with the same serial number, or without: only the port tells them apart.
std::string identity_of(const UsbDevice& device, std::span<const UsbDevice> all) {
  const auto is_alike = [&](const UsbDevice& other) {
    return other.vendor_id == device.vendor_id && other.product_id == device.product_id &&
           other.serial == device.serial;
  };
  if (std::count_if(all.begin(), all.end(), is_alike) > 1) return device.port_path;
  if (is_usable(device.serial)) return numbers(device) + ":" + device.serial;
  return device.serial.empty() ? numbers(device) : device.port_path;
}

std::string title_of(const UsbDevice& device, const KnownUsb* known) {
  std::string title = device.manufacturer;
  if (!device.product.empty()) title += (title.empty() ? "" : " ") + device.product;
  if (title.empty() && known != nullptr) title = known->name;
  if (title.empty()) title = "unnamed device";
  if (!device.serial.empty()) title += ", serial " + device.serial;
  return title + " (" + numbers(device) + ")";
}

void use_radio(Found& found) {
  found.driver = "rtl_tcp";
  found.stream = "iq";
  found.remark = "reached through a server on this machine: run rtl_tcp beside acqd";
}

// By its port: firmware changes the numbers of a board, and gives it a serial number or none.
void use_logic(Found& found, const UsbDevice& device) {
  constexpr std::uint16_t kUnbrandedVendor = 0x04b4;
  found.driver = "fx2lafw";
  found.stream = "logic";
  found.entries = {{"usb", device.port_path}};
  if (device.vendor_id == kUnbrandedVendor) {
    found.remark =
        "only the maker of its chip is known: load_unbranded = true where it is a logic analyser";
  }
}

Kind kind_of(const UsbDevice& device, const KnownUsb* known) {
  if (known != nullptr) return known->kind;
  const Kind by_product = kind_of_model(device.product);
  return by_product == Kind::kScpi ? kind_of_model(device.serial) : by_product;
}

}  // namespace

std::vector<Found> found_on_usb(std::span<const UsbDevice> devices) {
  std::vector<Found> all;
  for (const UsbDevice& device : devices) {
    const bool is_usbtmc = device.find(kApplicationClass, kUsbtmc) != nullptr;
    const KnownUsb* known = find_known_usb(device.vendor_id, device.product_id);
    const Kind kind = kind_of(device, known);
    const bool is_board = known != nullptr && (kind == Kind::kLogic || kind == Kind::kRadio);
    if (!is_usbtmc && !is_board) continue;
    Found found{.way = "usb", .place = device.port_path, .title = title_of(device, known)};
    found.kind = to_string(kind);
    found.name = device.product.empty() && known != nullptr ? known->name : device.product;
    const std::string identity = identity_of(device, devices);
    if (is_usbtmc) {
      use_scpi(found, kind, "usb://" + identity);
    } else if (kind == Kind::kRadio) {
      use_radio(found);
    } else {
      use_logic(found, device);
    }
    all.push_back(std::move(found));
  }
  return all;
}

}  // namespace acq::discovery
