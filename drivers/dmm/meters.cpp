#include "drivers/dmm/meters.h"

#include <array>

namespace acq::dmm {
namespace {

using namespace std::string_view_literals;

// Of FS9721: which bits of the last byte are degrees Celsius, and Fahrenheit.
constexpr std::uint32_t kNoTemperature = 0, kCelsius0 = 1, kCelsius2 = 4,
                        kCelsius2Fahrenheit1 = 0x24;

// DLE STX, command 0, two empty arguments, their check, DLE ETX.
constexpr std::string_view kBm85xRequest = "\x10\x02\x00\x00\x00\x00\x10\x03"sv;

constexpr std::array kMeters = {
    Meter{"voltcraft-vc820", "Voltcraft", "VC-820", find_fs9721, kNoTemperature, 14, 2400,
          Framing::k8n1, 3},
    Meter{"voltcraft-vc840", "Voltcraft", "VC-840", find_fs9721, kCelsius0, 14, 2400, Framing::k8n1,
          3},
    Meter{"digitek-dt4000zc", "Digitek", "DT4000ZC", find_fs9721, kCelsius2, 14, 2400,
          Framing::k8n1, 3},
    Meter{"pce-pce-dm32", "PCE", "PCE-DM32", find_fs9721, kCelsius2Fahrenheit1, 14, 2400,
          Framing::k8n1, 3},
    Meter{"uni-t-ut60a", "UNI-T", "UT60A", find_fs9721, kNoTemperature, 14, 2400, Framing::k8n1, 3},
    Meter{"uni-t-ut61b", "UNI-T", "UT61B", find_fs9922, 0, 14, 2400, Framing::k8n1, 3},
    Meter{"uni-t-ut61c", "UNI-T", "UT61C", find_fs9922, 0, 14, 2400, Framing::k8n1, 3},
    Meter{"uni-t-ut61d", "UNI-T", "UT61D", find_fs9922, 0, 14, 2400, Framing::k8n1, 3},
    Meter{"voltcraft-vc830", "Voltcraft", "VC-830", find_fs9922, 0, 14, 2400, Framing::k8n1, 3},
    Meter{"uni-t-ut61e", "UNI-T", "UT61E", find_es519xx, kEs51922, 14, 19200, Framing::k7o1, 2},
    Meter{"iso-tech-idm103n", "ISO-TECH", "IDM103N", find_es519xx, kEs51978, 11, 2400,
          Framing::k7e1, 3},
    Meter{"metex-me31", "Metex", "ME-31", find_metex14, 0, 14, 600, Framing::k7n2, 2, "D"},
    Meter{"metex-m3640d", "Metex", "M-3640D", find_metex14, 0, 14, 1200, Framing::k7n2, 2, "D"},
    Meter{"metex-m4650cr", "Metex", "M-4650CR", find_metex14, 0, 14, 1200, Framing::k7n2, 2, "D"},
    Meter{"voltcraft-m3650cr", "Voltcraft", "M-3650CR", find_metex14, 0, 14, 1200, Framing::k7n2, 2,
          "D"},
    Meter{"mastech-mas345", "Mastech", "MAS345", find_metex14, 0, 14, 600, Framing::k7n2, 2, "D"},
    Meter{"uni-t-ut71a", "UNI-T", "UT71A", find_ut71, 0, 11, 2400, Framing::k7o1, 2},
    Meter{"uni-t-ut71c", "UNI-T", "UT71C", find_ut71, 0, 11, 2400, Framing::k7o1, 2},
    Meter{"uni-t-ut71e", "UNI-T", "UT71E", find_ut71, 0, 11, 2400, Framing::k7o1, 2},
    Meter{"voltcraft-vc920", "Voltcraft", "VC-920", find_ut71, 0, 11, 2400, Framing::k7o1, 2},
    Meter{"voltcraft-vc940", "Voltcraft", "VC-940", find_ut71, 0, 11, 2400, Framing::k7o1, 2},
    Meter{"voltcraft-vc960", "Voltcraft", "VC-960", find_ut71, 0, 11, 2400, Framing::k7o1, 2},
    Meter{"brymen-bm25x",
          "Brymen",
          "BM25x",
          find_bm25x,
          0,
          15,
          9600,
          Framing::k8n1,
          5,
          {},
          true,
          true},
    Meter{"brymen-bm857", "Brymen", "BM857", find_bm85x, 0, 21, 9600, Framing::k8n1, 3,
          kBm85xRequest, true, true},
};

constexpr auto kNames = [] {
  std::array<std::string_view, kMeters.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kMeters[i].name;
  return names;
}();

}  // namespace

std::span<const Meter> meters() noexcept {
  return kMeters;
}

std::span<const std::string_view> meter_names() noexcept {
  return kNames;
}

const Meter* find_meter(std::string_view name) noexcept {
  for (const Meter& meter : kMeters)
    if (meter.name == name) return &meter;
  return nullptr;
}

}  // namespace acq::dmm
