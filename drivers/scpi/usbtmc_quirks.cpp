#include "drivers/scpi/usbtmc_quirks.h"

#include <array>

namespace acq::scpi::usbtmc {
namespace {

constexpr const char* kLinux = "Linux drivers/usb/class/usbtmc.c, devices with a Rigol quirk";
constexpr const char* kSigrok = "libsigrok scpi_usbtmc_libusb.c, RL1 published but not there";

constexpr std::array kTable{
    QuirkEntry{0x1ab1,
               0x0588,
               "",
               {.has_one_header = true, .has_no_remote = true},
               "Rigol DS1000",
               kLinux},
    QuirkEntry{0x1ab1,
               0x04b0,
               "",
               {.has_one_header = true, .has_no_remote = true},
               "Rigol DS2000",
               kLinux},
    QuirkEntry{0x0957,
               0x0588,
               "",
               {.has_one_header = true, .has_no_remote = true},
               "Agilent DSO1000, a Rigol DS1000",
               kSigrok},
    QuirkEntry{0x1ab1, 0x04b1, "", {.has_no_remote = true}, "Rigol DS4000", kSigrok},
    QuirkEntry{0x1ab1, 0x0515, "", {.has_no_remote = true}, "Rigol MSO5000", kSigrok},
    QuirkEntry{0x1ab1, 0x0960, "", {.has_no_remote = true}, "Rigol DSA800", kSigrok},
    QuirkEntry{0x0b21, kAnyProduct, "", {.has_no_remote = true}, "Yokogawa", kSigrok},
    QuirkEntry{0xf4ec,
               0xee38,
               "SDSM",
               {.most_per_request = 48, .has_no_remote = true, .needs_reset_at_open = true},
               "Siglent SDS1x04X-E",
               "ngscopeclient/scopehal pull request 749"},
    QuirkEntry{0xf4ec,
               kAnyProduct,
               "",
               {.has_no_remote = true, .needs_reset_at_open = true},
               "Siglent",
               "libsigrok scpi_usbtmc_libusb.c, devices reset when opened"},
};

constexpr Quirks kNone{};

}  // namespace

std::span<const QuirkEntry> quirk_table() noexcept {
  return kTable;
}

const Quirks& quirks_of(std::uint16_t vendor_id, std::uint16_t product_id,
                        std::string_view serial) noexcept {
  for (const QuirkEntry& entry : kTable) {
    const bool is_product = entry.product_id == product_id || entry.product_id == kAnyProduct;
    if (entry.vendor_id == vendor_id && is_product && serial.starts_with(entry.serial_prefix))
      return entry.quirks;
  }
  return kNone;
}

}  // namespace acq::scpi::usbtmc
