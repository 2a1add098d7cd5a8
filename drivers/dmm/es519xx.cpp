// Facts: Cyrustek, ES51922 and ES51978 data sheets: range, digits, function, status, options, CR LF,
// each byte 0x30 with four bits of data.
#include <array>
#include <string>

#include "drivers/dmm/protocol.h"

namespace acq::dmm {
namespace {

constexpr int kNo = 127;  // the function has no such range
using Exponents = std::array<int, 8>;

// A function and the power of ten of the last digit in each range.
struct Row {
  unsigned code;
  Function function;
  Exponents exponents;
};

constexpr Row kRows22000[] = {
    {0x0, Function::kCurrent, {-3, kNo, kNo, kNo, kNo, kNo, kNo, kNo}},
    {0x1, Function::kDiode, {-4, kNo, kNo, kNo, kNo, kNo, kNo, kNo}},
    {0x2, Function::kFrequency, {-2, -1, kNo, 0, 1, 2, 3, 4}},
    {0x3, Function::kResistance, {-2, -1, 0, 1, 2, 3, 4, kNo}},
    {0x5, Function::kContinuity, {-2, kNo, kNo, kNo, kNo, kNo, kNo, kNo}},
    {0x6, Function::kCapacitance, {-12, -11, -10, -9, -8, -7, -6, -5}},
    {0x9, Function::kCurrent, {-4, -3, -2, -1, 0, kNo, kNo, kNo}},
    {0xb, Function::kVoltage, {-4, -3, -2, -1, -5, kNo, kNo, kNo}},
    {0xd, Function::kCurrent, {-8, -7, kNo, kNo, kNo, kNo, kNo, kNo}},
    {0xf, Function::kCurrent, {-6, -5, kNo, kNo, kNo, kNo, kNo, kNo}},
};

constexpr Row kRows4000[] = {
    {0x0, Function::kCurrent, {-2, kNo, kNo, kNo, kNo, kNo, kNo, kNo}},
    {0x1, Function::kDiode, {-3, kNo, kNo, kNo, kNo, kNo, kNo, kNo}},
    {0x2, Function::kFrequency, {0, 1, 2, 3, 4, 5, kNo, kNo}},
    {0x3, Function::kResistance, {-1, 0, 1, 2, 3, 4, kNo, kNo}},
    {0x5, Function::kContinuity, {-1, kNo, kNo, kNo, kNo, kNo, kNo, kNo}},
    {0x6, Function::kCapacitance, {-12, -11, -10, -9, -8, -7, -6, -5}},
    {0x9, Function::kCurrent, {-5, -4, kNo, kNo, kNo, kNo, kNo, kNo}},
    {0xb, Function::kVoltage, {-4, -3, -2, -1, 0, kNo, kNo, kNo}},
    {0xd, Function::kCurrent, {-7, -6, kNo, kNo, kNo, kNo, kNo, kNo}},
    {0xf, Function::kCurrent, {-2, kNo, kNo, kNo, kNo, kNo, kNo, kNo}},
};

// One chip: how long its frames are and what its numbers mean.
struct Chip {
  std::size_t digits;
  std::size_t frame_bytes;
  std::span<const Row> rows;
};
constexpr Chip kChips[] = {{5, 14, kRows22000}, {4, 11, kRows4000}};

// The option bits of a chip in our words.
struct Options {
  std::uint32_t marks = kMarkNone;
  bool is_under = false;
  bool is_frequency = false;  // the frequency of a voltage or current (VAHZ)
  bool is_clamp = false;      // VBAR low: a clamp adapter; its currents are thousands of times more
};

Options options_of(std::uint32_t variant, Bytes o) {
  const auto mark = [](unsigned byte, unsigned bit, std::uint32_t word) {
    return (byte & bit) != 0 ? word : 0U;
  };
  if (variant == kEs51978) {
    return {.marks = mark(o[1], 8, kMarkDc) | mark(o[1], 4, kMarkAc) | mark(o[1], 2, kMarkAuto),
            .is_frequency = (o[0] & 1) != 0};
  }
  return {.marks = mark(o[0], 8, kMarkMax) | mark(o[0], 4, kMarkMin) |
                   mark(o[0], 2, kMarkRelative) | mark(o[1], 4, kMarkMax | kMarkPeak) |
                   mark(o[1], 2, kMarkMin | kMarkPeak) | mark(o[2], 8, kMarkDc) |
                   mark(o[2], 4, kMarkAc) | mark(o[2], 2, kMarkAuto) | mark(o[3], 2, kMarkHold),
          .is_under = (o[1] & 8) != 0,
          .is_frequency = (o[2] & 1) != 0,
          .is_clamp = (o[3] & 4) != 0};
}

// What the judge bit turns a frequency into, on the two chips.
void judge_frequency(std::uint32_t variant, Reading& reading) {
  if (variant == kEs51978) {
    reading.function = Function::kSpeed;
    ++reading.exponent;
  } else {
    reading.function = Function::kDuty;
    reading.exponent = -1;
  }
}

std::optional<Reading> parse(Bytes frame, std::uint32_t variant) {
  const Chip& chip = kChips[variant];
  const Bytes tail = frame.subspan(1 + chip.digits);  // function, status, options
  const Options options = options_of(variant, tail.subspan(2));
  const unsigned range = frame[0] & 0x0fU;
  unsigned code = tail[0] & 0x0fU;
  if (options.is_frequency) code = 0x2;
  const Row* row = nullptr;
  for (const Row& candidate : chip.rows)
    if (candidate.code == code) row = &candidate;
  if (row == nullptr || range >= row->exponents.size() || row->exponents[range] == kNo)
    return std::nullopt;

  const unsigned status = tail[1];
  Reading reading{.function = row->function, .exponent = row->exponents[range]};
  if (row->function == Function::kFrequency && (status & 8) != 0) judge_frequency(variant, reading);
  if (options.is_clamp && (code == 0xd || code == 0xf))
    reading.exponent = (code == 0xd ? -2 : -3) + static_cast<int>(range);
  std::string text = (status & 4) != 0 ? "-" : "";
  for (const std::uint8_t digit : frame.subspan(1, chip.digits)) text += static_cast<char>(digit);
  const std::optional<Display> display = read_display(text);
  reading.marks = options.marks | ((status & 2) != 0 ? kMarkLowBattery : 0U);
  if ((status & 1) != 0 || options.is_under) {
    reading.over = options.is_under ? Over::kLow : Over::kHigh;
    return reading;
  }
  if (!display) return std::nullopt;
  return with_display(reading, *display);
}

}  // namespace

Found find_es519xx(Bytes bytes, std::uint32_t variant) {
  const std::size_t length = kChips[variant].frame_bytes;
  const auto could_begin = [&](Bytes some) {
    for (std::size_t i = 0; i < some.size(); ++i) {
      const bool fits = i == length - 2   ? some[i] == '\r'
                        : i == length - 1 ? some[i] == '\n'
                                          : some[i] >> 4 == 3;
      if (!fits) return false;
    }
    return true;
  };
  return find_fixed(bytes, length, could_begin, [&](Bytes frame) { return parse(frame, variant); });
}

}  // namespace acq::dmm
