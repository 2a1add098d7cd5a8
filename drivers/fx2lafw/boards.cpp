#include "drivers/fx2lafw/boards.h"

#include <algorithm>

namespace acq::fx2lafw {
namespace {

constexpr Board kBoards[] = {
    {0x1d50, 0x608c, "sigrok", "fx2lafw 8 channels", "fx2lafw-sigrok-fx2-8ch.fw", 8, false},
    {0x1d50, 0x608d, "sigrok", "fx2lafw 16 channels", "fx2lafw-sigrok-fx2-16ch.fw", 16, false},
    {0x1d50, 0x608f, "sigrok", "usb-c-grok", "fx2lafw-usb-c-grok.fw", 8, false},
    {0x0925, 0x3881, "Saleae", "Logic", "fx2lafw-saleae-logic.fw", 8, false},
    {0x08a9, 0x0014, "CWAV", "USBee AX", "fx2lafw-cwav-usbeeax.fw", 8, false},
    {0x08a9, 0x0015, "CWAV", "USBee DX", "fx2lafw-cwav-usbeedx.fw", 16, false},
    {0x08a9, 0x0009, "CWAV", "USBee SX", "fx2lafw-cwav-usbeesx.fw", 8, false},
    {0x08a9, 0x0005, "CWAV", "USBee ZX", "fx2lafw-cwav-usbeezx.fw", 8, false},
    {0x16d0, 0x0498, "Braintechnology", "USB-LPS", "fx2lafw-braintechnology-usb-lps.fw", 16, false},
    {0x04b4, 0x8613, "Cypress", "FX2", "fx2lafw-cypress-fx2.fw", 16, true},
};

}  // namespace

std::span<const Board> boards() noexcept {
  return kBoards;
}

const Board* find_board(const usb::DeviceInfo& device) noexcept {
  const auto* const found =
      std::find_if(std::begin(kBoards), std::end(kBoards), [&](const Board& b) {
        return b.vendor_id == device.vendor_id && b.product_id == device.product_id;
      });
  return found == std::end(kBoards) ? nullptr : found;
}

bool has_firmware(const usb::DeviceInfo& device) noexcept {
  return device.manufacturer == "sigrok" && device.product == "fx2lafw";
}

}  // namespace acq::fx2lafw
