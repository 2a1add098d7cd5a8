// Meters that send their digits in ASCII: FS9922, ES519xx, Metex, UT71 and BM85x.
#include <array>
#include <cstdlib>

#include "tests/support/emulators/meter_families.h"

namespace acq::test {
namespace {

using dmm::Function;

std::string digits_of(int value, int places) {
  std::string text = std::to_string(std::abs(value));
  return std::string(static_cast<std::size_t>(places) -
                         std::min(text.size(), static_cast<std::size_t>(places)),
                     '0') +
         text;
}

char byte(unsigned value) {
  return static_cast<char>(value);
}

// The digits with a point, `decimals` of them behind it.
std::string with_point(std::string digits, int decimals) {
  if (decimals > 0) digits.insert(digits.size() - static_cast<std::size_t>(decimals), ".");
  return digits;
}

// One function of a meter that numbers its functions and ranges: the exponents of the last digit.
struct Numbered {
  unsigned code;
  Function function;
  std::vector<int> exponents;  // 99: no such range
  std::uint32_t marks = 0;
};

}  // namespace

std::vector<Shown> fs9922_frames() {
  struct Status {
    unsigned sb1 = 0, sb2 = 0, sb3 = 0, sb4 = 0;
  };
  std::vector<Shown> all;
  Counting counting(4);
  const auto add = [&](Function function, int prefix, const Status& s, std::uint32_t marks,
                       bool is_over) {
    constexpr char kPoints[] = {'0', '4', '2', '1'};  // by decimals
    const std::size_t decimals = all.size() % 4;
    const int value = all.size() % 3 == 1 ? -counting.next() : counting.next();
    dmm::Reading means{.function = function, .marks = marks};
    if (is_over) {
      means.over = dmm::Over::kHigh;
      means.exponent = prefix;
    } else {
      means.digits = value;
      means.exponent = prefix - static_cast<int>(decimals);
    }
    std::string frame = value < 0 ? "-" : "+";
    frame += is_over ? "?0:?" : digits_of(value, 4);
    frame += ' ';
    frame += is_over ? '0' : kPoints[decimals];
    frame += byte(s.sb1);
    frame += byte(s.sb2);
    frame += byte(s.sb3);
    frame += byte(s.sb4);
    frame += byte(static_cast<unsigned>(std::abs(value) / 100));  // the bar graph
    all.push_back({frame + "\r\n", means});
  };
  constexpr std::pair<unsigned, Function> kUnits[] = {
      {0x80, Function::kVoltage},   {0x40, Function::kCurrent},     {0x20, Function::kResistance},
      {0x08, Function::kFrequency}, {0x04, Function::kCapacitance}, {0x02, Function::kTemperature},
      {0x01, Function::kFahrenheit}};
  constexpr std::pair<unsigned, int> kPrefixes[] = {{0x80, -6}, {0x40, -3}, {0x20, 3}, {0x10, 6}};
  for (const auto& [unit, function] : kUnits) {
    add(function, 0, {.sb1 = 0x10, .sb4 = unit}, dmm::kMarkDc, false);
    if (is_shown(function, -9))
      add(function, -9, {.sb1 = 0x08, .sb2 = 2, .sb4 = unit}, dmm::kMarkAc, false);
    for (const auto& [bit, exponent] : kPrefixes) {
      if (!is_shown(function, exponent)) continue;
      add(function, exponent, {.sb1 = 0x30, .sb3 = bit, .sb4 = unit}, dmm::kMarkDc | dmm::kMarkAuto,
          false);
    }
    add(function, 0, {.sb1 = 0x10, .sb4 = unit}, dmm::kMarkDc, true);
  }
  add(Function::kDuty, 0, {.sb3 = 2}, 0, false);
  add(Function::kDiode, 0, {.sb3 = 4, .sb4 = 0x80}, 0, false);
  add(Function::kVoltage, 0, {.sb1 = 0x12, .sb4 = 0x80}, dmm::kMarkDc | dmm::kMarkHold, false);
  add(Function::kVoltage, 0, {.sb1 = 0x14, .sb4 = 0x80}, dmm::kMarkDc | dmm::kMarkRelative, false);
  add(Function::kVoltage, 0, {.sb1 = 0x10, .sb2 = 0x20, .sb4 = 0x80}, dmm::kMarkDc | dmm::kMarkMax,
      false);
  add(Function::kVoltage, 0, {.sb1 = 0x10, .sb2 = 0x10, .sb4 = 0x80}, dmm::kMarkDc | dmm::kMarkMin,
      false);
  add(Function::kVoltage, 0, {.sb1 = 0x10, .sb2 = 4, .sb4 = 0x80},
      dmm::kMarkDc | dmm::kMarkLowBattery, false);
  return all;
}

std::vector<Shown> es51922_frames() {
  std::vector<Shown> all;
  Counting counting(5);
  struct Bits {
    unsigned status = 0, o1 = 0, o2 = 0, o3 = 0, o4 = 0;
  };
  const auto add = [&](unsigned code, unsigned range, dmm::Reading means, const Bits& bits) {
    std::string frame(1, byte(0x30 + range));
    const int value = counting.next();
    frame += digits_of(value, 5);
    for (const unsigned nibble : {code, bits.status, bits.o1, bits.o2, bits.o3, bits.o4})
      frame += byte(0x30 + nibble);
    if (means.over == dmm::Over::kNone) means.digits = (bits.status & 4) != 0 ? -value : value;
    all.push_back({frame + "\r\n", means});
  };
  const std::vector<Numbered> functions = {
      {0x0, Function::kCurrent, {-3}},
      {0x1, Function::kDiode, {-4}},
      {0x2, Function::kFrequency, {-2, -1, 99, 0, 1, 2, 3, 4}},
      {0x3, Function::kResistance, {-2, -1, 0, 1, 2, 3, 4}},
      {0x6, Function::kCapacitance, {-12, -11, -10, -9, -8, -7, -6, -5}},
      {0x9, Function::kCurrent, {-4, -3, -2, -1, 0}},
      {0xb, Function::kVoltage, {-4, -3, -2, -1, -5}},
      {0xd, Function::kCurrent, {-8, -7}},
      {0xf, Function::kCurrent, {-6, -5}}};
  for (const Numbered& f : functions) {
    const bool is_auto = f.code != 0x9;  // the manual current
    for (unsigned range = 0; range < f.exponents.size(); ++range)
      if (f.exponents[range] != 99)
        add(f.code, range,
            {.function = f.function,
             .exponent = f.exponents[range],
             .marks = is_auto ? dmm::kMarkAuto : 0U},
            {.o3 = is_auto ? 2U : 0U});
  }
  const dmm::Reading volts{.function = Function::kVoltage, .exponent = -4, .marks = dmm::kMarkDc};
  const auto marked = [&](std::uint32_t mark) {
    dmm::Reading out = volts;
    out.marks |= mark;
    return out;
  };
  add(0xb, 0, volts, {.status = 4, .o3 = 8});
  add(0xb, 0, marked(dmm::kMarkLowBattery), {.status = 2, .o3 = 8});
  add(0xb, 0, marked(dmm::kMarkMax), {.o1 = 8, .o3 = 8});
  add(0xb, 0, marked(dmm::kMarkMin), {.o1 = 4, .o3 = 8});
  add(0xb, 0, marked(dmm::kMarkRelative), {.o1 = 2, .o3 = 8});
  add(0xb, 0, marked(dmm::kMarkHold), {.o3 = 8, .o4 = 2});
  add(0x2, 0, {.function = Function::kDuty, .exponent = -1}, {.status = 8});
  add(0xb, 0, {.function = Function::kFrequency, .exponent = -2}, {.o3 = 1});
  dmm::Reading over = volts;
  over.over = dmm::Over::kHigh;
  add(0xb, 0, over, {.status = 1, .o3 = 8});
  return all;
}

std::vector<Shown> es51978_frames() {
  std::vector<Shown> all;
  Counting counting(4);
  const auto add = [&](unsigned code, unsigned range, dmm::Reading means, unsigned status,
                       unsigned o1, unsigned o2) {
    std::string frame(1, byte(0x30 + range));
    const int value = counting.next();
    frame += digits_of(value, 4);
    for (const unsigned nibble : {code, status, o1, o2}) frame += byte(0x30 + nibble);
    if (means.over == dmm::Over::kNone) means.digits = (status & 4) != 0 ? -value : value;
    all.push_back({frame + "\r\n", means});
  };
  const std::vector<Numbered> functions = {
      {0x0, Function::kCurrent, {-2}},
      {0x1, Function::kDiode, {-3}},
      {0x2, Function::kFrequency, {0, 1, 2, 3, 4, 5}},
      {0x3, Function::kResistance, {-1, 0, 1, 2, 3, 4}},
      {0x6, Function::kCapacitance, {-12, -11, -10, -9, -8, -7, -6, -5}},
      {0x9, Function::kCurrent, {-5, -4}},
      {0xb, Function::kVoltage, {-4, -3, -2, -1, 0}},
      {0xd, Function::kCurrent, {-7, -6}},
      {0xf, Function::kCurrent, {-2}}};
  for (const Numbered& f : functions)
    for (unsigned range = 0; range < f.exponents.size(); ++range)
      add(f.code, range,
          {.function = f.function, .exponent = f.exponents[range], .marks = dmm::kMarkAuto}, 0, 0,
          2);
  const dmm::Reading volts{.function = Function::kVoltage, .exponent = -3};
  const auto marked = [&](std::uint32_t mark) {
    dmm::Reading out = volts;
    out.marks = mark;
    return out;
  };
  add(0xb, 1, marked(dmm::kMarkDc), 4, 0, 8);
  add(0xb, 1, marked(dmm::kMarkAc), 0, 0, 4);
  add(0xb, 1, marked(dmm::kMarkAc | dmm::kMarkLowBattery), 2, 0, 4);
  add(0xb, 0, {.function = Function::kFrequency, .exponent = 0}, 0, 1, 0);
  add(0x2, 1, {.function = Function::kSpeed, .exponent = 2}, 8, 0, 0);
  dmm::Reading over = marked(dmm::kMarkDc);
  over.over = dmm::Over::kHigh;
  add(0xb, 1, over, 1, 0, 8);
  return all;
}

std::vector<Shown> metex14_frames() {
  struct Line {
    const char* mode;
    const char* unit;  // four characters
    Function function;
    int exponent;
    std::uint32_t marks;
  };
  constexpr Line kLines[] = {
      {"DC", "   V", Function::kVoltage, 0, dmm::kMarkDc},
      {"AC", "   V", Function::kVoltage, 0, dmm::kMarkAc},
      {"DC", "  mV", Function::kVoltage, -3, dmm::kMarkDc},
      {"AC", "  mV", Function::kVoltage, -3, dmm::kMarkAc},
      {"DC", "   A", Function::kCurrent, 0, dmm::kMarkDc},
      {"DC", "  mA", Function::kCurrent, -3, dmm::kMarkDc},
      {"AC", "  uA", Function::kCurrent, -6, dmm::kMarkAc},
      {"OH", " Ohm", Function::kResistance, 0, 0},
      {"OH", "KOhm", Function::kResistance, 3, 0},
      {"OH", "MOhm", Function::kResistance, 6, 0},
      {"CA", "  nF", Function::kCapacitance, -9, 0},
      {"CA", "  uF", Function::kCapacitance, -6, 0},
      {"FR", " KHz", Function::kFrequency, 3, 0},
      {"FR", " MHz", Function::kFrequency, 6, 0},
      {"TE", "   C", Function::kTemperature, 0, 0},
      {"DI", "  mV", Function::kDiode, -3, 0},
  };
  std::vector<Shown> all;
  Counting counting(4);
  for (const Line& line : kLines) {
    for (int decimals = 0; decimals <= 3; ++decimals) {
      const bool is_over = decimals == 3 && line.function == Function::kResistance;
      const int value = decimals == 1 ? -counting.next() : counting.next();
      std::string text = is_over ? ".0L" : with_point(digits_of(value, 4), decimals);
      if (value < 0) text.insert(0, "-");
      text.insert(0, 7 - text.size(), ' ');
      dmm::Reading means{.function = line.function, .exponent = line.exponent, .marks = line.marks};
      if (is_over) {
        means.over = dmm::Over::kHigh;
      } else {
        means.digits = value;
        means.exponent -= decimals;
      }
      all.push_back({line.mode + text + line.unit + "\r", means});
    }
  }
  return all;
}

std::vector<Shown> ut71_frames() {
  const std::vector<Numbered> functions = {
      {0x0, Function::kVoltage, {-5}, dmm::kMarkAc},
      {0x1, Function::kVoltage, {99, -4, -3, -2, -1}, dmm::kMarkDc},
      {0x2, Function::kVoltage, {99, -4, -3, -2, -1}, dmm::kMarkAc},
      {0x3, Function::kVoltage, {-5}, dmm::kMarkDc},
      {0x4, Function::kResistance, {99, -2, -1, 0, 1, 2, 3}},
      {0x5, Function::kCapacitance, {99, -12, -11, -10, -9, -8, -7, -6}},
      {0x6, Function::kTemperature, {-1}},
      {0x7, Function::kCurrent, {-8, -7}, dmm::kMarkDc},
      {0x8, Function::kCurrent, {-6, -5}, dmm::kMarkAc},
      {0x9, Function::kCurrent, {99, -3}, dmm::kMarkDc},
      {0xb, Function::kDiode, {-4}},
      {0xc, Function::kFrequency, {-3, -2, -1, 0, 1, 2, 3, 4}},
      {0xd, Function::kFahrenheit, {-1}},
      {0xf, Function::kLoop, {-2}}};
  std::vector<Shown> all;
  Counting counting(5);
  for (const Numbered& f : functions) {
    for (unsigned range = 0; range < f.exponents.size(); ++range) {
      if (f.exponents[range] == 99) continue;
      const bool is_negative = all.size() % 3 == 1, is_over = all.size() % 7 == 6;
      const bool is_auto = all.size() % 2 == 0;
      const int value = counting.next();
      std::string frame = is_over ? "::0<:" : digits_of(value, 5);
      frame += byte(0x30 + range);
      frame += byte(0x30 + f.code);
      frame += byte(0x30 + f.marks);  // AC 1, DC 2: as the marks are numbered
      frame += byte(0x30 + (is_auto ? 1U : 2U) + (is_negative ? 4U : 0U));
      const bool is_duty = is_negative && f.function == Function::kFrequency;
      dmm::Reading means{.function = is_duty ? Function::kDuty : f.function,
                         .digits = is_over                   ? 0
                                   : is_negative && !is_duty ? -value
                                                             : value,
                         .exponent = f.exponents[range],
                         .marks = f.marks | (is_auto ? dmm::kMarkAuto : 0U),
                         .over = is_over ? dmm::Over::kHigh : dmm::Over::kNone};
      all.push_back({frame + "\r\n", means});
    }
  }
  return all;
}

std::vector<Shown> bm85x_frames() {
  struct Unit {
    std::size_t at;
    unsigned bit;
    Function function;
    std::uint32_t marks = 0;
  };
  constexpr Unit kUnits[] = {{0, 0x06, Function::kVoltage, dmm::kMarkDc},
                             {0, 0x05, Function::kVoltage, dmm::kMarkAc},
                             {0, 0x08, Function::kCapacitance},
                             {0, 0x20, Function::kTemperature},
                             {0, 0x40, Function::kFahrenheit},
                             {0, 0x80, Function::kResistance},
                             {1, 0x02, Function::kCurrent},
                             {1, 0x04, Function::kFrequency},
                             {1, 0x08, Function::kDuty}};
  std::vector<Shown> all;
  Counting counting(5);
  for (const Unit& unit : kUnits) {
    for (const int power : {-9, -6, -3, 0, 3, 6}) {
      std::array<unsigned, 4> status{};
      status[unit.at] = unit.bit;
      const bool is_over = power == 6 && unit.function == Function::kResistance;
      const int decimals = 1 + static_cast<int>(all.size() % 4);
      const int value = all.size() % 3 == 1 ? -counting.next() : counting.next();
      std::string data;
      for (const unsigned s : status) data += byte(s);
      data += value < 0 ? "-" : "+";
      if (is_over) {
        data.back() = '+';
        data += "OL";
      } else {
        data += with_point(digits_of(value, 5), decimals);
        data += power < 0 ? "E-" : "E+";
        data += std::to_string(std::abs(power));
      }
      unsigned check = 0;
      for (const char c : data) check ^= static_cast<std::uint8_t>(c);
      std::string frame = "\x10\x02";
      frame += '\0';
      frame += byte(static_cast<unsigned>(data.size()));
      frame += data;
      frame += byte(check);
      frame += "\x10\x03";
      dmm::Reading means{.function = unit.function, .marks = unit.marks};
      if (is_over) {
        means.over = dmm::Over::kHigh;
      } else {
        means.digits = value;
        means.exponent = power - decimals;
      }
      all.push_back({frame, means});
    }
  }
  return all;
}

}  // namespace acq::test
