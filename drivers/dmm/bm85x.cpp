// Facts: Brymen, BM850 series protocol: DLE STX, command, length, data, exclusive-or of the data,
// DLE ETX; the data are four status bytes and the value in ASCII.
#include <charconv>
#include <string>

#include "drivers/dmm/protocol.h"

namespace acq::dmm {
namespace {

constexpr std::uint8_t kDle = 0x10, kStx = 0x02, kEtx = 0x03;
constexpr std::size_t kHeadBytes = 4, kTailBytes = 3, kStatusBytes = 4;
constexpr std::size_t kShortest = kStatusBytes + 1, kLongest = kStatusBytes + 20;

// "1.2345E+0"
std::optional<Display> read_number(std::string_view text) {
  const std::size_t mark = text.find('E');
  std::optional<Display> display = read_display(text.substr(0, mark));
  if (mark == std::string_view::npos || !display || display->is_over) return display;
  std::string_view power = text.substr(mark + 1);
  if (!power.empty() && power.front() == '+') power.remove_prefix(1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(power.data(), power.data() + power.size(), exponent);
  if (error != std::errc() || end != power.data() + power.size() || exponent < -12 || exponent > 12)
    return std::nullopt;
  display->exponent += exponent;
  return display;
}

std::optional<Reading> meaning_of(Bytes status) {
  struct Unit {
    std::size_t byte;
    unsigned bit;
    Function function;
  };
  constexpr Unit kUnits[] = {
      {0, 0x04, Function::kVoltage},    {0, 0x08, Function::kCapacitance},
      {0, 0x10, Function::kDiode},      {0, 0x20, Function::kTemperature},
      {0, 0x40, Function::kFahrenheit}, {0, 0x80, Function::kResistance},
      {1, 0x02, Function::kCurrent},    {1, 0x04, Function::kFrequency},
      {1, 0x08, Function::kDuty},       {1, 0x20, Function::kLevel},
  };
  std::optional<Reading> reading;
  for (const Unit& unit : kUnits) {
    if ((status[unit.byte] & unit.bit) == 0) continue;
    const bool is_diode =
        reading && unit.function == Function::kDiode && reading->function == Function::kVoltage;
    if (reading && !is_diode) return std::nullopt;
    reading = Reading{.function = unit.function};
  }
  if (!reading) return std::nullopt;
  if ((status[1] & 1) != 0) {
    if (reading->function != Function::kResistance) return std::nullopt;
    reading->function = Function::kContinuity;
  }
  reading->marks = ((status[0] & 1) != 0 ? kMarkAc : 0U) | ((status[0] & 2) != 0 ? kMarkDc : 0U) |
                   ((status[3] & 0x80) != 0 ? kMarkLowBattery : 0U);
  return reading;
}

std::optional<Reading> parse(Bytes data) {
  const std::string text(data.begin() + kStatusBytes, data.end());
  const std::optional<Display> display = read_number(text);
  const std::optional<Reading> reading = meaning_of(data.first(kStatusBytes));
  if (!display || !reading) return std::nullopt;
  return with_display(*reading, *display);
}

}  // namespace

Found find_bm85x(Bytes bytes, std::uint32_t /*variant*/) {
  constexpr Found kMore{.kind = Found::Kind::kMore};
  constexpr std::uint8_t kHead[] = {kDle, kStx, 0x00};
  for (std::size_t i = 0; i < std::min(bytes.size(), std::size(kHead)); ++i)
    if (bytes[i] != kHead[i]) return {};
  if (bytes.size() < kHeadBytes) return kMore;
  const std::size_t length = bytes[3];
  if (length < kShortest || length > kLongest) return {};
  const std::size_t frame_bytes = kHeadBytes + length + kTailBytes;
  if (bytes.size() < frame_bytes) return kMore;
  std::uint8_t check = 0;
  const Bytes data = bytes.subspan(kHeadBytes, length);
  for (const std::uint8_t byte : data) check ^= byte;
  const Bytes tail = bytes.subspan(kHeadBytes + length, kTailBytes);
  if (tail[0] != check || tail[1] != kDle || tail[2] != kEtx) return {};
  const std::optional<Reading> reading = parse(data);
  if (!reading) return {};
  return {.kind = Found::Kind::kFrame, .bytes = frame_bytes, .reading = *reading};
}

}  // namespace acq::dmm
