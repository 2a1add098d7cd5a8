// What kind of instrument something is, from what it tells of itself: data, not code.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace acq::discovery {

enum class Kind : std::uint8_t {
  kScpi,  // speaks SCPI, and nothing more is known
  kScope,
  kMeter,
  kCounter,
  kSupply,
  kGenerator,
  kOtherScpi,  // a load, an analyser: no driver knows its measurements
  kLogic,      // an FX2 board
  kRadio,      // an RTL-SDR dongle
};
std::string_view to_string(Kind kind) noexcept;

struct KnownUsb {
  std::uint16_t vendor_id;
  std::uint16_t product_id;
  Kind kind;
  std::string_view name;
};

// By vendor and product. USBTMC instruments are found by their class: they are here only where that
// tells more than they do themselves.
std::span<const KnownUsb> known_usb() noexcept;
// Null: not known.
const KnownUsb* find_known_usb(std::uint16_t vendor_id, std::uint16_t product_id) noexcept;

// From a model ("DS1104Z", "MSO-X 3024T") or a serial number that begins with one; kScpi when it
// tells nothing.
Kind kind_of_model(std::string_view text) noexcept;

// What scpi_counter calls the family of a counter.
std::string_view counter_family(std::string_view model) noexcept;

}  // namespace acq::discovery
