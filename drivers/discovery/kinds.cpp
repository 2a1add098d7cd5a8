#include "drivers/discovery/kinds.h"

#include <algorithm>
#include <array>

namespace acq::discovery {
namespace {

// Sources: sigrok-firmware-fx2lafw and libsigrok's fx2lafw (boards), librtlsdr (dongles), VISA
// resource names in public programs that drive the instruments (the rest).
constexpr std::array kKnown{
    KnownUsb{0x1d50, 0x608c, Kind::kLogic, "fx2lafw, 8 channels"},
    KnownUsb{0x1d50, 0x608d, Kind::kLogic, "fx2lafw, 16 channels"},
    KnownUsb{0x1d50, 0x608f, Kind::kLogic, "fx2lafw, 8 channels and 1 analog"},
    KnownUsb{0x0925, 0x3881, Kind::kLogic, "Saleae Logic, or a board like it"},
    KnownUsb{0x08a9, 0x0014, Kind::kLogic, "USBee AX"},
    KnownUsb{0x08a9, 0x0015, Kind::kLogic, "USBee DX"},
    KnownUsb{0x08a9, 0x0009, Kind::kLogic, "USBee SX"},
    KnownUsb{0x08a9, 0x0005, Kind::kLogic, "USBee ZX"},
    KnownUsb{0x04b4, 0x8613, Kind::kLogic, "Cypress FX2 without firmware"},
    KnownUsb{0x16d0, 0x0498, Kind::kLogic, "Braintechnology USB-LPS"},
    KnownUsb{0x0bda, 0x2832, Kind::kRadio, "RTL2832U"},
    KnownUsb{0x0bda, 0x2838, Kind::kRadio, "RTL2838"},
    KnownUsb{0x1ab1, 0x04ce, Kind::kScope, "Rigol DS1000Z"},
    KnownUsb{0x1ab1, 0x0588, Kind::kScope, "Rigol DS1000"},
    KnownUsb{0x1ab1, 0x04b0, Kind::kScope, "Rigol DS2000"},
    KnownUsb{0x1ab1, 0x04b1, Kind::kScope, "Rigol DS4000"},
    KnownUsb{0x1ab1, 0x0515, Kind::kScope, "Rigol MSO5000"},
    KnownUsb{0x1ab1, 0x09c4, Kind::kMeter, "Rigol DM3000"},
    KnownUsb{0x1ab1, 0x0641, Kind::kGenerator, "Rigol DG4000"},
    KnownUsb{0x1ab1, 0x0642, Kind::kGenerator, "Rigol DG1000Z"},
    KnownUsb{0x1ab1, 0x0960, Kind::kOtherScpi, "Rigol DSA800"},
    KnownUsb{0x0957, 0x1796, Kind::kScope, "Keysight InfiniiVision 2000 X"},
    KnownUsb{0x0957, 0x1799, Kind::kScope, "Keysight InfiniiVision 2000 X"},
    KnownUsb{0x0957, 0x17a6, Kind::kScope, "Keysight InfiniiVision 3000 X"},
    KnownUsb{0x0957, 0x0588, Kind::kScope, "Agilent DSO1000"},
    KnownUsb{0x0957, 0x0407, Kind::kGenerator, "Agilent 33220A"},
    KnownUsb{0x0957, 0x0607, Kind::kMeter, "Agilent 34410A"},
    KnownUsb{0x0957, 0x1807, Kind::kCounter, "Keysight 53220A"},
    KnownUsb{0x2a8d, 0x1301, Kind::kMeter, "Keysight 34461A"},
    KnownUsb{0x0aad, 0x01d6, Kind::kScope, "Rohde & Schwarz RTB2000, RTA4000"},
};

struct Prefix {
  std::string_view text;
  Kind kind;
};
// The first that fits: longer ones before those they begin with.
constexpr std::array kPrefixes{
    Prefix{"DSA", Kind::kOtherScpi},  Prefix{"DSG", Kind::kOtherScpi},
    Prefix{"DSO", Kind::kScope},      Prefix{"DS", Kind::kScope},
    Prefix{"MSO", Kind::kScope},      Prefix{"MDO", Kind::kScope},
    Prefix{"DPO", Kind::kScope},      Prefix{"TBS", Kind::kScope},
    Prefix{"TDS", Kind::kScope},      Prefix{"SDS", Kind::kScope},
    Prefix{"EDUX", Kind::kScope},     Prefix{"RTA", Kind::kScope},
    Prefix{"RTB", Kind::kScope},      Prefix{"RTM", Kind::kScope},
    Prefix{"RTO", Kind::kScope},      Prefix{"RTC", Kind::kScope},
    Prefix{"HMO", Kind::kScope},      Prefix{"SDM", Kind::kMeter},
    Prefix{"DMM", Kind::kMeter},      Prefix{"DM3", Kind::kMeter},
    Prefix{"DM8", Kind::kMeter},      Prefix{"HMC8012", Kind::kMeter},
    Prefix{"3440", Kind::kMeter},     Prefix{"3441", Kind::kMeter},
    Prefix{"3446", Kind::kMeter},     Prefix{"3447", Kind::kMeter},
    Prefix{"5313", Kind::kCounter},   Prefix{"5318", Kind::kCounter},
    Prefix{"5321", Kind::kCounter},   Prefix{"5322", Kind::kCounter},
    Prefix{"5323", Kind::kCounter},   Prefix{"CNT-9", Kind::kCounter},
    Prefix{"SPD", Kind::kSupply},     Prefix{"DP8", Kind::kSupply},
    Prefix{"DP7", Kind::kSupply},     Prefix{"DP9", Kind::kSupply},
    Prefix{"PSU", Kind::kSupply},     Prefix{"E36", Kind::kSupply},
    Prefix{"EDU36", Kind::kSupply},   Prefix{"HMP", Kind::kSupply},
    Prefix{"NGE", Kind::kSupply},     Prefix{"SDG", Kind::kGenerator},
    Prefix{"DG", Kind::kGenerator},   Prefix{"AFG", Kind::kGenerator},
    Prefix{"3321", Kind::kGenerator}, Prefix{"3322", Kind::kGenerator},
    Prefix{"335", Kind::kGenerator},  Prefix{"336", Kind::kGenerator},
    Prefix{"HMF", Kind::kGenerator},  Prefix{"DL3", Kind::kOtherScpi},
    Prefix{"SDL", Kind::kOtherScpi},  Prefix{"SSA", Kind::kOtherScpi},
    Prefix{"SVA", Kind::kOtherScpi},  Prefix{"RSA", Kind::kOtherScpi},
    Prefix{"FPC", Kind::kOtherScpi},
};

}  // namespace

std::string_view to_string(Kind kind) noexcept {
  switch (kind) {
    case Kind::kScpi: return "SCPI instrument";
    case Kind::kScope: return "oscilloscope";
    case Kind::kMeter: return "meter";
    case Kind::kCounter: return "counter";
    case Kind::kSupply: return "power supply";
    case Kind::kGenerator: return "function generator";
    case Kind::kOtherScpi: return "SCPI instrument of another kind";
    case Kind::kLogic: return "logic analyser";
    case Kind::kRadio: return "radio receiver";
  }
  return "";
}

std::span<const KnownUsb> known_usb() noexcept {
  return kKnown;
}

const KnownUsb* find_known_usb(std::uint16_t vendor_id, std::uint16_t product_id) noexcept {
  const auto* const found = std::find_if(kKnown.begin(), kKnown.end(), [&](const KnownUsb& known) {
    return known.vendor_id == vendor_id && known.product_id == product_id;
  });
  return found == kKnown.end() ? nullptr : found;
}

Kind kind_of_model(std::string_view text) noexcept {
  const auto* const found =
      std::find_if(kPrefixes.begin(), kPrefixes.end(),
                   [&](const Prefix& prefix) { return text.starts_with(prefix.text); });
  return found == kPrefixes.end() ? Kind::kScpi : found->kind;
}

std::string_view counter_family(std::string_view model) noexcept {
  if (model.starts_with("CNT")) return "pendulum";
  return model.starts_with("5313") || model.starts_with("5318") ? "hp" : "keysight";
}

}  // namespace acq::discovery
