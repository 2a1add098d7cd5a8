// The boards that fx2lafw runs on.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "drivers/transport/usb.h"

namespace acq::fx2lafw {

struct Board {
  std::uint16_t vendor_id = 0;
  std::uint16_t product_id = 0;
  std::string_view vendor;
  std::string_view model;
  std::string_view firmware;  // file of sigrok-firmware-fx2lafw
  int channels = 8;
  // Its id is that of the bare chip, which other things are built around: no firmware without being
  // asked to.
  bool is_unbranded = false;
};

// With and without its firmware a board has the same id.
std::span<const Board> boards() noexcept;

// The board of this id, or nullptr.
const Board* find_board(const usb::DeviceInfo& device) noexcept;

// Whether the firmware is at work: most ids are borrowed, the texts are not.
bool has_firmware(const usb::DeviceInfo& device) noexcept;

}  // namespace acq::fx2lafw
