// Facts: Fortune Semiconductor, FS9922-DMM3 and FS9922-DMM4 data sheets.
#include <string>

#include "drivers/dmm/protocol.h"

namespace acq::dmm {
namespace {

constexpr std::size_t kFrameBytes = 14;
enum At : std::size_t { kSign, kDigits, kSpace = 5, kPoint, kStatus, kBar = 11, kCr, kLf };

// "1234" and where the point is; "?0:?" is beyond the range.
std::optional<Display> display_of(Bytes frame) {
  if (frame[1] == '?' && frame[2] == '0' && frame[3] == ':' && frame[4] == '?')
    return Display{.is_over = true};
  std::string text(1, static_cast<char>(frame[kSign]));
  for (std::size_t i = 0; i < 4; ++i) {
    const std::uint8_t point = frame[kPoint];
    if ((i == 1 && point == '1') || (i == 2 && point == '2') || (i == 3 && point == '4'))
      text += '.';
    text += static_cast<char>(frame[kDigits + i]);
  }
  return read_display(text);
}

// Function and prefix, when the symbols of the last two status bytes go together.
std::optional<Reading> meaning_of(unsigned nano, unsigned prefixes, unsigned units) {
  constexpr Function kFunctions[] = {
      Function::kFahrenheit, Function::kTemperature, Function::kCapacitance, Function::kFrequency,
      Function::kGain,       Function::kResistance,  Function::kCurrent,     Function::kVoltage};
  const unsigned multipliers = prefixes & 0xf0U;
  const bool is_beep = (prefixes & 8) != 0, is_diode = (prefixes & 4) != 0,
             is_percent = (prefixes & 2) != 0;
  if (!is_at_most_one(multipliers | nano) || !is_at_most_one(units)) return std::nullopt;
  Reading reading;
  if (is_percent) {
    if (units != 0) return std::nullopt;
    reading.function = Function::kDuty;
  } else {
    if (units == 0) return std::nullopt;
    int place = 0;
    while (units >> place != 1) ++place;
    reading.function = kFunctions[place];
  }
  if (is_diode && reading.function != Function::kVoltage) return std::nullopt;
  if (is_beep && reading.function != Function::kResistance) return std::nullopt;
  if (is_diode) reading.function = Function::kDiode;
  if (is_beep) reading.function = Function::kContinuity;
  reading.exponent = nano != 0             ? -9
                     : multipliers == 0x80 ? -6
                     : multipliers == 0x40 ? -3
                     : multipliers == 0x20 ? 3
                     : multipliers == 0x10 ? 6
                                           : 0;
  return reading;
}

std::optional<Reading> parse(Bytes frame, std::uint32_t /*variant*/) {
  const unsigned sb1 = frame[kStatus], sb2 = frame[kStatus + 1];
  const std::uint8_t point = frame[kPoint];
  if (point != '0' && point != '1' && point != '2' && point != '4') return std::nullopt;
  if ((sb1 & 0xc0U) != 0 || (sb2 & 0xc0U) != 0) return std::nullopt;  // not used
  const std::optional<Display> display = display_of(frame);
  std::optional<Reading> reading = meaning_of(sb2 & 2U, frame[kStatus + 2], frame[kStatus + 3]);
  if (!display || !reading) return std::nullopt;
  reading->marks = ((sb1 & 0x20U) != 0 ? kMarkAuto : 0U) | ((sb1 & 0x10U) != 0 ? kMarkDc : 0U) |
                   ((sb1 & 8U) != 0 ? kMarkAc : 0U) | ((sb1 & 4U) != 0 ? kMarkRelative : 0U) |
                   ((sb1 & 2U) != 0 ? kMarkHold : 0U) | ((sb2 & 0x20U) != 0 ? kMarkMax : 0U) |
                   ((sb2 & 0x10U) != 0 ? kMarkMin : 0U) | ((sb2 & 4U) != 0 ? kMarkLowBattery : 0U);
  if (!has_known_prefix(*reading)) return std::nullopt;
  return with_display(*reading, *display);
}

bool could_begin(Bytes bytes) {
  const auto has = [&](std::size_t at) { return at < bytes.size(); };
  const auto is_digit = [](std::uint8_t c) { return (c >= '0' && c <= ':') || c == '?'; };
  if (has(kSign) && bytes[kSign] != '+' && bytes[kSign] != '-') return false;
  for (std::size_t i = kDigits; i < kSpace; ++i)
    if (has(i) && !is_digit(bytes[i])) return false;
  if (has(kSpace) && bytes[kSpace] != ' ') return false;
  if (has(kCr) && bytes[kCr] != '\r') return false;
  return !has(kLf) || bytes[kLf] == '\n';
}

}  // namespace

Found find_fs9922(Bytes bytes, std::uint32_t variant) {
  return find_fixed(bytes, kFrameBytes, could_begin,
                    [&](Bytes frame) { return parse(frame, variant); });
}

}  // namespace acq::dmm
