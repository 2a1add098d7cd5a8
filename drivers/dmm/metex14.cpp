// Facts: Metex, interface descriptions of M-3650 and M-4650: "DC -1.9999  V  \r" in 14 characters,
// function, value, unit, each in its place.
#include <string>
#include <utility>

#include "drivers/dmm/protocol.h"

namespace acq::dmm {
namespace {

constexpr std::size_t kFrameBytes = 14;
enum At : std::size_t { kMode = 0, kValue = 2, kUnit = 9, kCr = 13 };

struct Unit {
  std::string_view text;
  Function function;
  int exponent;
};
constexpr Unit kUnits[] = {
    {"V", Function::kVoltage, 0},       {"mV", Function::kVoltage, -3},
    {"A", Function::kCurrent, 0},       {"mA", Function::kCurrent, -3},
    {"uA", Function::kCurrent, -6},     {"Ohm", Function::kResistance, 0},
    {"KOhm", Function::kResistance, 3}, {"MOhm", Function::kResistance, 6},
    {"F", Function::kCapacitance, 0},   {"uF", Function::kCapacitance, -6},
    {"nF", Function::kCapacitance, -9}, {"pF", Function::kCapacitance, -12},
    {"Hz", Function::kFrequency, 0},    {"KHz", Function::kFrequency, 3},
    {"MHz", Function::kFrequency, 6},   {"C", Function::kTemperature, 0},
    {"%", Function::kDuty, 0},          {"dB", Function::kLevel, 0},
};

bool equal_letters(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  // M is mega and m is milli: only what follows may be written either way.
  return a.size() == b.size() && !a.empty() &&
         (a[0] == b[0] || (lower(a[0]) == lower(b[0]) && lower(a[0]) != 'm')) &&
         std::equal(a.begin() + 1, a.end(), b.begin() + 1,
                    [&](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// What the two letters at the start add to the unit. Empty: the two do not go together.
std::optional<Reading> with_mode(std::string_view mode, Reading reading) {
  const auto is = [&](std::string_view word, Function function) {
    return mode == word && reading.function == function;
  };
  const bool is_vi =
      reading.function == Function::kVoltage || reading.function == Function::kCurrent;
  if (mode == "DC" && is_vi) {
    reading.marks = kMarkDc;
  } else if (mode == "AC" && is_vi) {
    reading.marks = kMarkAc;
  } else if (is("DI", Function::kVoltage)) {
    reading.function = Function::kDiode;
  } else if (!is("OH", Function::kResistance) && !is("CA", Function::kCapacitance) &&
             !is("FR", Function::kFrequency) && !is("TE", Function::kTemperature) &&
             !is("dB", Function::kLevel) && !is("DB", Function::kLevel) &&
             !is("DU", Function::kDuty)) {
    return std::nullopt;
  }
  return reading;
}

std::optional<Reading> parse(Bytes frame) {
  std::string text(frame.begin(), frame.end());
  const std::string_view all = text;
  const std::string_view mode = all.substr(kMode, 2);
  const std::string_view word = trimmed(all.substr(kUnit, kCr - kUnit));
  const std::string_view value = trimmed(all.substr(kValue, kUnit - kValue));
  if (mode == "HF" && word.empty()) {
    const std::optional<Display> gain = read_display(value);
    if (!gain) return std::nullopt;
    return with_display({.function = Function::kGain}, *gain);
  }
  for (const Unit& unit : kUnits) {
    if (!equal_letters(word, unit.text)) continue;
    const std::optional<Display> display = read_display(value);
    const std::optional<Reading> reading =
        with_mode(mode, {.function = unit.function, .exponent = unit.exponent});
    if (!display || !reading) return std::nullopt;
    return with_display(*reading, *display);
  }
  return std::nullopt;
}

bool could_begin(Bytes bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const bool fits = i == kCr ? bytes[i] == '\r' : bytes[i] >= 0x20 && bytes[i] < 0x7f;
    if (!fits) return false;
  }
  return true;
}

}  // namespace

Found find_metex14(Bytes bytes, std::uint32_t /*variant*/) {
  return find_fixed(bytes, kFrameBytes, could_begin, parse);
}

}  // namespace acq::dmm
