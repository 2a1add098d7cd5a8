// Facts: Conrad, interface descriptions of the VC-920, VC-940 and VC-960 (function table, ranges);
// the status bits as UT71 meters set them.
#include <array>
#include <string>

#include "drivers/dmm/protocol.h"

namespace acq::dmm {
namespace {

constexpr std::size_t kFrameBytes = 11;
constexpr int kNo = 127;
enum At : std::size_t { kDigits = 0, kRange = 5, kFunction, kCoupling, kState };

struct Row {
  Function function;
  std::array<int, 8> exponents;  // of the last digit, by range
  std::uint32_t marks = kMarkNone;
};

// By the number of the function; 10 is continuity, 14 is not used.
constexpr std::array<Row, 16> kRows = {{
    {Function::kVoltage, {-5, kNo, kNo, kNo, kNo, kNo, kNo, kNo}, kMarkAc},
    {Function::kVoltage, {kNo, -4, -3, -2, -1, kNo, kNo, kNo}, kMarkDc},
    {Function::kVoltage, {kNo, -4, -3, -2, -1, kNo, kNo, kNo}, kMarkAc},
    {Function::kVoltage, {-5, kNo, kNo, kNo, kNo, kNo, kNo, kNo}, kMarkDc},
    {Function::kResistance, {kNo, -2, -1, 0, 1, 2, 3, kNo}},
    {Function::kCapacitance, {kNo, -12, -11, -10, -9, -8, -7, -6}},
    {Function::kTemperature, {-1, kNo, kNo, kNo, kNo, kNo, kNo, kNo}},
    {Function::kCurrent, {-8, -7, kNo, kNo, kNo, kNo, kNo, kNo}},
    {Function::kCurrent, {-6, -5, kNo, kNo, kNo, kNo, kNo, kNo}},
    {Function::kCurrent, {kNo, -3, kNo, kNo, kNo, kNo, kNo, kNo}},
    {Function::kContinuity, {-1, kNo, kNo, kNo, kNo, kNo, kNo, kNo}},
    {Function::kDiode, {-4, kNo, kNo, kNo, kNo, kNo, kNo, kNo}},
    {Function::kFrequency, {-3, -2, -1, 0, 1, 2, 3, 4}},
    {Function::kFahrenheit, {-1, kNo, kNo, kNo, kNo, kNo, kNo, kNo}},
    {Function::kVoltage, {kNo, kNo, kNo, kNo, kNo, kNo, kNo, kNo}},
    {Function::kLoop, {-2, kNo, kNo, kNo, kNo, kNo, kNo, kNo}},
}};

// Each digit is 0x30 to 0x39; 0x3a is blank, 0x3b '-', 0x3c 'L'.
std::string text_of(Bytes digits) {
  std::string text;
  for (const std::uint8_t c : digits)
    text += c == 0x3a ? ' ' : c == 0x3c ? 'L' : static_cast<char>(c);
  return text;
}

std::optional<Reading> parse(Bytes frame) {
  const Row& row = kRows[frame[kFunction] & 0x0fU];
  const unsigned range = frame[kRange] & 0x0fU;
  if (range >= row.exponents.size() || row.exponents[range] == kNo) return std::nullopt;
  const std::optional<Display> display = read_display(text_of(frame.subspan(kDigits, 5)));
  const unsigned coupling = frame[kCoupling], state = frame[kState];
  // Of automatic and manual, one; a display with both or neither does not exist.
  if (!display || (coupling & 0x0cU) != 0) return std::nullopt;
  Reading reading =
      with_display({.function = row.function, .exponent = row.exponents[range]}, *display);
  const std::uint32_t shown =
      ((coupling & 1) != 0 ? kMarkAc : 0U) | ((coupling & 2) != 0 ? kMarkDc : 0U);
  reading.marks = (shown != 0 ? shown : row.marks) | ((state & 1) != 0 ? kMarkAuto : 0U);
  if ((state & 4) != 0 && row.function == Function::kFrequency) {
    reading.function = Function::kDuty;
  } else if ((state & 4) != 0) {
    reading.digits = -reading.digits;
  }
  return reading;
}

bool could_begin(Bytes bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const bool fits = i == kFrameBytes - 2   ? bytes[i] == '\r'
                      : i == kFrameBytes - 1 ? bytes[i] == '\n'
                                             : bytes[i] >> 4 == 3;
    if (!fits) return false;
  }
  return true;
}

}  // namespace

Found find_ut71(Bytes bytes, std::uint32_t /*variant*/) {
  return find_fixed(bytes, kFrameBytes, could_begin, parse);
}

}  // namespace acq::dmm
