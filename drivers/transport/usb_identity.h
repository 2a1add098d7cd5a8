// Which USB device is meant.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dsp/base/result.h"

namespace acq::usb {

struct InterfaceClass {
  std::uint8_t class_code = 0;
  std::uint8_t subclass = 0;
  bool operator==(const InterfaceClass&) const = default;
};

// What is known of a device; what is empty matches every device. The serial number decides where
// there is one; the port decides between devices with the same serial number, or without.
struct Identity {
  std::optional<std::uint16_t> vendor_id;
  std::optional<std::uint16_t> product_id;
  std::string serial;
  std::string port_path;  // "1-2.4"
  std::optional<InterfaceClass> interface_class;
};

// What a person writes: "1ab1:04ce", "1ab1:04ce:DS1ZA1234", the port "1-2.4", or a VISA resource
// "USB0::0x1AB1::0x04CE::DS1ZA1234::INSTR" (numbers decimal or with 0x). kInvalid: anything else.
Result<Identity> parse_identity(std::string_view text);

// The same, for messages.
std::string to_string(const Identity& identity);

}  // namespace acq::usb
