// Facts: Brymen, "6000-count digital multimeters" protocol: a byte 0x02, then 14 numbered bytes with
// the segments of the display.
#include <array>
#include <string>

#include "drivers/dmm/protocol.h"

namespace acq::dmm {
namespace {

constexpr std::size_t kFrameBytes = 15;

// Segments to characters; '\0': no such character.
char character_of(unsigned segments) {
  constexpr std::array<std::uint8_t, 10> kDigits = {0x5f, 0x50, 0x6d, 0x7c, 0x72,
                                                    0x3e, 0x3f, 0x54, 0x7f, 0x7e};
  switch (segments) {
    case 0x00: return ' ';
    case 0x0b: return 'L';
    case 0x0f: return 'C';
    case 0x27: return 'F';
    default: break;
  }
  const auto* found = std::find(kDigits.begin(), kDigits.end(), segments);
  return found == kDigits.end() ? '\0' : static_cast<char>('0' + (found - kDigits.begin()));
}

// What the four places show, "-12.34"; empty when a place shows no character.
std::string text_of(Bytes frame) {
  std::string text = (frame[3] & 1) != 0 ? "-" : "";
  for (std::size_t digit = 0; digit < 4; ++digit) {
    const std::size_t at = 3 + 2 * digit;
    if (digit > 0 && (frame[at] & 1) != 0) text += '.';
    const char c = character_of((frame[at] >> 1 & 7U) | (frame[at + 1] & 0x0fU) << 3);
    if (c == '\0') return {};
    text += c;
  }
  return text;
}

std::optional<Reading> meaning_of(Bytes frame) {
  const auto bit = [&](std::size_t byte, int place) { return (frame[byte] >> place & 1) != 0; };
  const bool volt = bit(14, 2), ampere = bit(14, 1), ohm = bit(12, 2), farad = bit(13, 2),
             hertz = bit(12, 1);
  const bool kilo = bit(11, 0), mega = bit(11, 1), nano = bit(12, 0), milli = bit(13, 0),
             micro = bit(13, 1);
  if (volt + ampere + ohm + farad + hertz != 1) return std::nullopt;
  if (kilo + mega + nano + milli + micro > 1) return std::nullopt;
  const bool is_coupled = bit(1, 1) || bit(1, 2);
  return Reading{.function = volt     ? (is_coupled ? Function::kVoltage : Function::kDiode)
                             : ampere ? Function::kCurrent
                             : ohm    ? Function::kResistance
                             : farad  ? Function::kCapacitance
                                      : Function::kFrequency,
                 .exponent = nano    ? -9
                             : micro ? -6
                             : milli ? -3
                             : kilo  ? 3
                             : mega  ? 6
                                     : 0};
}

std::optional<Reading> parse(Bytes frame) {
  std::string text = text_of(frame);
  if (text.empty()) return std::nullopt;
  std::optional<Reading> reading = meaning_of(frame);
  // A temperature has no symbol: the last place shows its unit.
  if (text.back() == 'C' || text.back() == 'F') {
    const bool has_units = (frame[14] & 6) != 0 || (frame[12] & 6) != 0 || (frame[13] & 4) != 0;
    if (has_units) return std::nullopt;
    reading =
        Reading{.function = text.back() == 'C' ? Function::kTemperature : Function::kFahrenheit};
    text.pop_back();
  }
  const std::optional<Display> display = read_display(text);
  if (!display || !reading) return std::nullopt;
  const auto mark = [&](std::size_t byte, unsigned bit, std::uint32_t word) {
    return (frame[byte] & bit) != 0 ? word : 0U;
  };
  reading->marks = mark(1, 1, kMarkRelative) | mark(1, 2, kMarkAc) | mark(1, 4, kMarkDc) |
                   mark(1, 8, kMarkAuto) | mark(11, 8, kMarkHold) | mark(13, 8, kMarkMax) |
                   mark(14, 8, kMarkMin);
  if (!has_known_prefix(*reading)) return std::nullopt;
  return with_display(*reading, *display);
}

bool could_begin(Bytes bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const bool fits = i == 0 ? bytes[i] == 0x02 : bytes[i] >> 4 == static_cast<int>(i);
    if (!fits) return false;
  }
  return true;
}

}  // namespace

Found find_bm25x(Bytes bytes, std::uint32_t /*variant*/) {
  return find_fixed(bytes, kFrameBytes, could_begin, parse);
}

}  // namespace acq::dmm
