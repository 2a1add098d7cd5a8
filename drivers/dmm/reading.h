// What a multimeter says in one frame.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace acq::dmm {

enum class Function : std::uint8_t {
  kVoltage,
  kCurrent,
  kResistance,
  kCapacitance,
  kFrequency,
  kTemperature,
  kFahrenheit,
  kDuty,
  kDiode,
  kContinuity,
  kGain,   // of a transistor, hFE
  kLevel,  // decibel
  kLoop,   // 4 to 20 mA, per cent
  kSpeed,  // revolutions a minute
};

// What is lit beside the digits: a set.
enum Mark : std::uint32_t {
  kMarkNone = 0,
  kMarkAc = 1,
  kMarkDc = 2,
  kMarkAuto = 4,
  kMarkHold = 8,
  kMarkRelative = 16,
  kMarkMax = 32,
  kMarkMin = 64,
  kMarkPeak = 128,
  kMarkLowBattery = 256,
};

enum class Over : std::uint8_t { kNone, kHigh, kLow };

// value = digits * 10^exponent, in the unit of the function.
struct Reading {
  Function function = Function::kVoltage;
  std::int32_t digits = 0;
  int exponent = 0;
  std::uint32_t marks = kMarkNone;
  Over over = Over::kNone;  // beyond the range: there are no digits then

  bool operator==(const Reading&) const = default;
};

// The double nearest to what the display shows; no number when it is beyond the range.
double value_of(const Reading& reading) noexcept;
// UCUM: "V", "Ohm", "Cel" ...
std::string_view unit_of(Function function) noexcept;
// "DC voltage", "resistance" ...
std::string quantity_of(const Reading& reading);
// The marks in words: "auto, hold, low battery"
std::string label_of(const Reading& reading);

// The digits of a display: what stands there, from left to right.
struct Display {
  std::int32_t digits = 0;
  int exponent = 0;
  bool is_over = false;  // shows "0L" or "OL"
};

// Whether the prefix of a reading that has no digits yet is one that meters show with its function.
// What is left to ask where a protocol has no check: a flipped bit that makes one digit another, or
// moves the point, is not noticed.
bool has_known_prefix(const Reading& reading) noexcept;

// Reads "-12.34", "  1234", " 0.L ": blanks only before and, when it is over, behind; one point at
// most. Empty: no display shows this.
std::optional<Display> read_display(std::string_view text) noexcept;

// `reading` with what a display says.
Reading with_display(Reading reading, const Display& display) noexcept;

}  // namespace acq::dmm
