// Facts: Fortune Semiconductor, FS9721_LP3 data sheet; Conrad, interface description of the VC-820.
#include <array>
#include <string>

#include "drivers/dmm/protocol.h"

namespace acq::dmm {
namespace {

constexpr std::size_t kFrameBytes = 14;

// Segments to characters; '\0': no such character.
char character_of(unsigned segments) {
  constexpr std::array<std::uint8_t, 10> kDigits = {0x7d, 0x05, 0x5b, 0x1f, 0x27,
                                                    0x3e, 0x7e, 0x15, 0x7f, 0x3f};
  if (segments == 0) return ' ';
  if (segments == 0x68) return 'L';
  const auto* found = std::find(kDigits.begin(), kDigits.end(), segments);
  return found == kDigits.end() ? '\0' : static_cast<char>('0' + (found - kDigits.begin()));
}

// Which symbols are lit, from the low halves of the last four bytes of units.
struct Symbols {
  bool micro, nano, kilo, diode, milli, percent, mega, beep, farad, ohm, relative, hold, ampere,
      volt, hertz, battery;
};

std::optional<Display> display_of(Bytes nibbles) {
  std::string text = (nibbles[1] & 8) != 0 ? "-" : "";
  for (std::size_t digit = 0; digit < 4; ++digit) {
    const std::size_t at = 1 + 2 * digit;
    if (digit > 0 && (nibbles[at] & 8) != 0) text += '.';
    const char c = character_of((nibbles[at] & 7U) << 4 | nibbles[at + 1]);
    if (c == '\0') return std::nullopt;
    text += c;
  }
  return read_display(text);
}

// Function and prefix, when the symbols go together.
std::optional<Reading> meaning_of(const Symbols& s, bool is_celsius, bool is_fahrenheit) {
  Reading reading;
  const bool units[] = {s.volt,  s.ampere,  s.ohm,      s.farad,
                        s.hertz, s.percent, is_celsius, is_fahrenheit};
  constexpr Function kFunctions[] = {
      Function::kVoltage,   Function::kCurrent, Function::kResistance,  Function::kCapacitance,
      Function::kFrequency, Function::kDuty,    Function::kTemperature, Function::kFahrenheit};
  int lit = 0;
  for (std::size_t i = 0; i < std::size(units); ++i) {
    if (!units[i]) continue;
    reading.function = kFunctions[i];
    ++lit;
  }
  if (lit != 1 || s.micro + s.nano + s.kilo + s.milli + s.mega > 1) return std::nullopt;
  if (s.diode && s.volt) reading.function = Function::kDiode;
  if (s.beep && s.ohm) reading.function = Function::kContinuity;
  if ((s.diode && !s.volt) || (s.beep && !s.ohm)) return std::nullopt;
  reading.exponent = s.nano ? -9 : s.micro ? -6 : s.milli ? -3 : s.kilo ? 3 : s.mega ? 6 : 0;
  return reading;
}

std::optional<Reading> parse(Bytes frame, std::uint32_t variant) {
  std::array<std::uint8_t, kFrameBytes> n{};
  for (std::size_t i = 0; i < n.size(); ++i) n[i] = frame[i] & 0x0f;
  const std::optional<Display> display = display_of(n);
  const auto bit = [&](std::size_t byte, int place) { return (n[byte] >> place & 1) != 0; };
  const Symbols s = {.micro = bit(9, 3),
                     .nano = bit(9, 2),
                     .kilo = bit(9, 1),
                     .diode = bit(9, 0),
                     .milli = bit(10, 3),
                     .percent = bit(10, 2),
                     .mega = bit(10, 1),
                     .beep = bit(10, 0),
                     .farad = bit(11, 3),
                     .ohm = bit(11, 2),
                     .relative = bit(11, 1),
                     .hold = bit(11, 0),
                     .ampere = bit(12, 3),
                     .volt = bit(12, 2),
                     .hertz = bit(12, 1),
                     .battery = bit(12, 0)};
  std::optional<Reading> reading =
      meaning_of(s, (n[13] & variant) != 0, (n[13] & variant >> 4) != 0);
  if (!display || !reading) return std::nullopt;
  reading->marks = (bit(0, 3) ? kMarkAc : 0U) | (bit(0, 2) ? kMarkDc : 0U) |
                   (bit(0, 1) ? kMarkAuto : 0U) | (s.hold ? kMarkHold : 0U) |
                   (s.relative ? kMarkRelative : 0U) | (s.battery ? kMarkLowBattery : 0U);
  if (!has_known_prefix(*reading)) return std::nullopt;
  return with_display(*reading, *display);
}

bool could_begin(Bytes bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (bytes[i] >> 4 != static_cast<int>(i + 1)) return false;
  return bytes.empty() || (bytes[0] & 1) != 0;  // the RS-232 symbol is lit while it sends
}

}  // namespace

Found find_fs9721(Bytes bytes, std::uint32_t variant) {
  return find_fixed(bytes, kFrameBytes, could_begin,
                    [&](Bytes frame) { return parse(frame, variant); });
}

}  // namespace acq::dmm
