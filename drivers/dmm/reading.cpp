#include "drivers/dmm/reading.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace acq::dmm {
namespace {

struct Meaning {
  std::string_view quantity;
  std::string_view unit;
};

// In the order of Function.
constexpr std::array<Meaning, 14> kMeanings = {{
    {"voltage", "V"},
    {"current", "A"},
    {"resistance", "Ohm"},
    {"capacitance", "F"},
    {"frequency", "Hz"},
    {"temperature", "Cel"},
    {"temperature", "[degF]"},
    {"duty cycle", "%"},
    {"diode voltage", "V"},
    {"continuity", "Ohm"},
    {"gain", "1"},
    {"level", "dB"},
    {"loop current", "%"},
    {"speed", "{rev}/min"},
}};

constexpr std::pair<std::uint32_t, std::string_view> kWords[] = {
    {kMarkAuto, "auto"}, {kMarkHold, "hold"}, {kMarkRelative, "relative"},      {kMarkMax, "max"},
    {kMarkMin, "min"},   {kMarkPeak, "peak"}, {kMarkLowBattery, "low battery"},
};

const Meaning& meaning_of(Function function) noexcept {
  return kMeanings[static_cast<std::size_t>(function)];
}

}  // namespace

double value_of(const Reading& reading) noexcept {
  if (reading.over != Over::kNone) return std::numeric_limits<double>::quiet_NaN();
  // Powers of ten up to 22 are exact, so there is one rounding.
  const double power = std::pow(10.0, std::abs(reading.exponent));
  return reading.exponent < 0 ? reading.digits / power : reading.digits * power;
}

std::string_view unit_of(Function function) noexcept {
  return meaning_of(function).unit;
}

std::string quantity_of(const Reading& reading) {
  const bool is_ac = (reading.marks & kMarkAc) != 0, is_dc = (reading.marks & kMarkDc) != 0;
  std::string text = is_ac && is_dc ? "AC+DC " : is_ac ? "AC " : is_dc ? "DC " : "";
  return text.append(meaning_of(reading.function).quantity);
}

std::string label_of(const Reading& reading) {
  std::string text;
  for (const auto& [mark, word] : kWords) {
    if ((reading.marks & mark) == 0) continue;
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

bool has_known_prefix(const Reading& reading) noexcept {
  const auto within = [&](int least, int most) {
    return reading.exponent >= least && reading.exponent <= most;
  };
  switch (reading.function) {
    case Function::kVoltage: return within(-6, 3);
    case Function::kCurrent: return within(-9, 0);
    case Function::kDiode: return within(-3, 0);
    case Function::kResistance:
    case Function::kContinuity: return within(-3, 6);
    case Function::kFrequency: return within(-3, 6);
    case Function::kCapacitance: return within(-12, 0);
    default: return reading.exponent == 0;
  }
}

std::optional<Display> read_display(std::string_view text) noexcept {
  constexpr int kMostDigits = 8;
  const auto is_over_text = [](char c) {
    return c == ' ' || c == '0' || c == 'O' || c == 'L' || c == '.' || c == '-' || c == '+';
  };
  if (text.find('L') != std::string_view::npos) {
    const bool is_clean = std::all_of(text.begin(), text.end(), is_over_text);
    return is_clean ? std::optional(Display{.is_over = true}) : std::nullopt;
  }
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  const bool is_negative = !text.empty() && text.front() == '-';
  if (is_negative || (!text.empty() && text.front() == '+')) text.remove_prefix(1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);

  Display display;
  int count = 0;
  bool has_point = false;
  for (const char c : text) {
    if (c == '.' && !has_point) {
      has_point = true;
    } else if (c >= '0' && c <= '9' && ++count <= kMostDigits) {
      display.digits = display.digits * 10 + (c - '0');
      display.exponent -= has_point ? 1 : 0;
    } else {
      return std::nullopt;
    }
  }
  if (count == 0) return std::nullopt;
  if (is_negative) display.digits = -display.digits;
  return display;
}

Reading with_display(Reading reading, const Display& display) noexcept {
  reading.digits = display.digits;
  reading.exponent += display.exponent;
  if (display.is_over) {
    reading.over = Over::kHigh;
    reading.digits = 0;
  }
  return reading;
}

}  // namespace acq::dmm
