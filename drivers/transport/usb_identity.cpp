#include "drivers/transport/usb_identity.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <vector>

#include "drivers/transport/usb.h"

namespace acq::usb {
namespace {

std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + separator.size());
  }
}

std::optional<std::uint16_t> number(std::string_view text, int base) {
  std::uint16_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || stop != text.data() + text.size()) return {};
  return value;
}

std::optional<std::uint16_t> id(std::string_view text) {
  return text.size() <= 4 ? number(text, 16) : std::nullopt;
}

std::optional<std::uint16_t> visa_number(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) return number(text.substr(2), 16);
  return number(text, 10);
}

bool is_port_path(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const std::vector<std::string_view> bus_and_ports = split(text, "-");
  if (bus_and_ports.size() != 2 || !number(bus_and_ports[0], 10)) return false;
  const std::vector<std::string_view> ports = split(bus_and_ports[1], ".");
  return std::all_of(ports.begin(), ports.end(), [&](std::string_view port) {
    return !port.empty() && std::all_of(port.begin(), port.end(), is_digit);
  });
}

tl::unexpected<Error> not_an_identity(std::string_view text) {
  return fail(Code::kInvalid, quote(text) + " names no USB device", {},
              "vendor:product, vendor:product:serial, a port such as 1-2.4, or a VISA resource");
}

Result<Identity> parse_visa(std::string_view text) {
  std::vector<std::string_view> parts = split(text, "::");
  if (parts.size() < 4 || parts.back() != "INSTR") return not_an_identity(text);
  parts.pop_back();
  Identity identity;
  identity.vendor_id = visa_number(parts[1]);
  identity.product_id = visa_number(parts[2]);
  if (!identity.vendor_id || !identity.product_id) return not_an_identity(text);
  if (parts.size() > 3) identity.serial = parts[3];
  return identity;  // what follows is the interface, which its class finds
}

std::string hex4(std::optional<std::uint16_t> value) {
  if (!value) return "*";
  char digits[8];
  std::snprintf(digits, sizeof digits, "%04x", static_cast<unsigned>(*value));
  return digits;
}

bool can_be(const Identity& identity, const DeviceInfo& info) {
  return (!identity.vendor_id || *identity.vendor_id == info.vendor_id) &&
         (!identity.product_id || *identity.product_id == info.product_id) &&
         (!identity.interface_class || info.find(*identity.interface_class) != nullptr) &&
         (identity.serial.empty() || identity.serial == info.serial) &&
         (!identity.serial.empty() || identity.port_path.empty() ||
          identity.port_path == info.port_path);
}

}  // namespace

Result<Identity> parse_identity(std::string_view text) {
  if (text.starts_with("USB")) return parse_visa(text);
  Identity identity;
  if (is_port_path(text)) {
    identity.port_path = text;
    return identity;
  }
  const std::size_t first = text.find(':');
  if (first == std::string_view::npos) return not_an_identity(text);
  const std::size_t second = text.find(':', first + 1);
  identity.vendor_id = id(text.substr(0, first));
  identity.product_id = id(text.substr(first + 1, second - first - 1));
  if (!identity.vendor_id || !identity.product_id) return not_an_identity(text);
  if (second != std::string_view::npos) identity.serial = text.substr(second + 1);
  return identity;
}

std::string to_string(const Identity& identity) {
  std::string text = hex4(identity.vendor_id) + ":" + hex4(identity.product_id);
  if (!identity.serial.empty()) text += ":" + identity.serial;
  if (!identity.port_path.empty()) text += " at port " + identity.port_path;
  if (identity.interface_class) {
    char digits[32];
    std::snprintf(digits, sizeof digits, " of class %02x/%02x",
                  static_cast<unsigned>(identity.interface_class->class_code),
                  static_cast<unsigned>(identity.interface_class->subclass));
    text += digits;
  }
  return text;
}

Identity identity_of(const DeviceInfo& info) {
  return {info.vendor_id, info.product_id, info.serial, info.port_path, {}};
}

Result<std::size_t> choose(const Identity& identity, std::span<const DeviceInfo> candidates) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < candidates.size(); ++i)
    if (can_be(identity, candidates[i])) found.push_back(i);
  if (found.size() > 1 && !identity.port_path.empty()) {
    std::erase_if(found,
                  [&](std::size_t i) { return candidates[i].port_path != identity.port_path; });
  }
  if (found.size() == 1) return found.front();
  const std::string wanted = to_string(identity);
  if (found.empty()) return fail(Code::kDisconnected, "no USB device is " + wanted);
  std::string choices;
  for (const std::size_t i : found) {
    const Identity one = identity_of(candidates[i]);
    choices += (choices.empty() ? "" : ", ") + to_string(one);
  }
  return fail(Code::kInvalid, "several USB devices are " + wanted, {}, choices);
}

}  // namespace acq::usb
