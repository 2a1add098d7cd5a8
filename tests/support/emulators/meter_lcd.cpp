// Meters that send the segments of their display: FS9721 and BM25x.
#include <array>

#include "tests/support/emulators/meter_families.h"

namespace acq::test {
namespace {

using dmm::Function;

// A frame of nibbles to be lit: byte and bit by the maker's table.
struct Lamp {
  std::size_t byte;
  int bit;
};

struct Symbol {
  Lamp lamp;
  Function function;
};
struct Prefix {
  Lamp lamp;
  int exponent;
};

// The segments of each character in one family, and where things are.
struct Lcd {
  std::array<unsigned, 10> digits;
  unsigned letter_l;
  std::size_t first_digit;  // the byte of the first place
  Lamp minus;
  int point_bit;      // in the first byte of a place: the point before it
  bool is_low_first;  // the first byte has the low segments, shifted by one for the point
};

class Frame {
 public:
  explicit Frame(std::size_t bytes) : nibbles_(bytes) {}
  void light(Lamp lamp) { nibbles_[lamp.byte] |= 1U << lamp.bit; }
  void place(const Lcd& lcd, std::size_t index, unsigned segments) {
    const std::size_t at = lcd.first_digit + 2 * index;
    if (lcd.is_low_first) {
      nibbles_[at] |= (segments & 7U) << 1;
      nibbles_[at + 1] |= segments >> 3;
    } else {
      nibbles_[at] |= segments >> 4;
      nibbles_[at + 1] |= segments & 0x0fU;
    }
  }
  // Four digits, and a point with so many digits behind it.
  void show(const Lcd& lcd, int value, int decimals) {
    for (std::size_t i = 4; i-- > 0; value /= 10)
      place(lcd, i, lcd.digits[static_cast<std::size_t>(value % 10)]);
    if (decimals > 0)
      light({lcd.first_digit + 2 * static_cast<std::size_t>(4 - decimals), lcd.point_bit});
  }
  // Each byte numbered from `first` on in its high half.
  [[nodiscard]] std::string numbered(unsigned first) const {
    std::string out;
    for (std::size_t i = 0; i < nibbles_.size(); ++i)
      out += static_cast<char>((first + i) << 4 | nibbles_[i]);
    return out;
  }

 private:
  std::vector<unsigned> nibbles_;
};

const Lcd kFs9721{.digits = {0x7d, 0x05, 0x5b, 0x1f, 0x27, 0x3e, 0x7e, 0x15, 0x7f, 0x3f},
                  .letter_l = 0x68,
                  .first_digit = 1,
                  .minus = {1, 3},
                  .point_bit = 3,
                  .is_low_first = false};
// Bytes counted behind the 0x02.
const Lcd kBm25x{.digits = {0x5f, 0x50, 0x6d, 0x7c, 0x72, 0x3e, 0x3f, 0x54, 0x7f, 0x7e},
                 .letter_l = 0x0b,
                 .first_digit = 2,
                 .minus = {2, 0},
                 .point_bit = 0,
                 .is_low_first = true};

struct Family {
  Lcd lcd;
  std::size_t bytes;
  std::vector<Lamp> always;
  std::vector<Symbol> symbols;
  std::vector<Prefix> prefixes;
  std::vector<std::pair<Lamp, std::uint32_t>> marks;
  std::string (*finish)(const Frame& frame);
};

// Every function with every prefix, decimals going round; then every mark, the sign, and "0L".
std::vector<Shown> all_of(const Family& family) {
  std::vector<Shown> all;
  Counting counting(4);
  const auto add = [&](const Symbol& symbol, const Prefix* prefix, std::uint32_t marks,
                       bool is_over) {
    Frame frame(family.bytes);
    for (const Lamp lamp : family.always) frame.light(lamp);
    dmm::Reading means{.function = symbol.function};
    frame.light(symbol.lamp);
    if (prefix != nullptr) {
      frame.light(prefix->lamp);
      means.exponent = prefix->exponent;
    }
    for (const auto& [lamp, mark] : family.marks) {
      if ((marks & mark) == 0) continue;
      frame.light(lamp);
      means.marks |= mark;
    }
    if (is_over) {
      frame.place(family.lcd, 1, family.lcd.digits[0]);
      frame.place(family.lcd, 2, family.lcd.letter_l);
      means.over = dmm::Over::kHigh;
    } else {
      means.digits = counting.next();
      const int decimals = static_cast<int>(all.size() % 4);
      frame.show(family.lcd, means.digits, decimals);
      means.exponent -= decimals;
      if (all.size() % 3 == 1) {
        frame.light(family.lcd.minus);
        means.digits = -means.digits;
      }
    }
    all.push_back({family.finish(frame), means});
  };
  for (const Symbol& symbol : family.symbols) {
    add(symbol, nullptr, dmm::kMarkDc, false);
    for (const Prefix& prefix : family.prefixes)
      if (is_shown(symbol.function, prefix.exponent)) add(symbol, &prefix, dmm::kMarkAc, false);
    add(symbol, nullptr, dmm::kMarkDc | dmm::kMarkAuto, true);
  }
  for (const auto& [lamp, mark] : family.marks)
    add(family.symbols[0], nullptr, mark | dmm::kMarkDc, false);
  return all;
}

}  // namespace

std::vector<Shown> fs9721_frames(std::uint32_t variant) {
  Family family{.lcd = kFs9721,
                .bytes = 14,
                .always = {{0, 0}},  // RS232
                .symbols = {{{12, 2}, Function::kVoltage},
                            {{12, 3}, Function::kCurrent},
                            {{11, 2}, Function::kResistance},
                            {{11, 3}, Function::kCapacitance},
                            {{12, 1}, Function::kFrequency},
                            {{10, 2}, Function::kDuty}},
                .prefixes = {{{9, 2}, -9}, {{9, 3}, -6}, {{10, 3}, -3}, {{9, 1}, 3}, {{10, 1}, 6}},
                .marks = {{{0, 3}, dmm::kMarkAc},
                          {{0, 2}, dmm::kMarkDc},
                          {{0, 1}, dmm::kMarkAuto},
                          {{11, 0}, dmm::kMarkHold},
                          {{11, 1}, dmm::kMarkRelative},
                          {{12, 0}, dmm::kMarkLowBattery}},
                .finish = [](const Frame& frame) { return frame.numbered(1); }};
  for (int bit = 0; bit < 4; ++bit) {
    if ((variant >> bit & 1U) != 0) family.symbols.push_back({{13, bit}, Function::kTemperature});
    if ((variant >> (4 + bit) & 1U) != 0)
      family.symbols.push_back({{13, bit}, Function::kFahrenheit});
  }
  return all_of(family);
}

std::vector<Shown> bm25x_frames() {
  return all_of(
      {.lcd = kBm25x,
       .bytes = 14,
       .always = {},
       .symbols = {{{13, 2}, Function::kVoltage},
                   {{13, 1}, Function::kCurrent},
                   {{11, 2}, Function::kResistance},
                   {{12, 2}, Function::kCapacitance},
                   {{11, 1}, Function::kFrequency}},
       .prefixes = {{{11, 0}, -9}, {{12, 1}, -6}, {{12, 0}, -3}, {{10, 0}, 3}, {{10, 1}, 6}},
       .marks = {{{0, 1}, dmm::kMarkAc},
                 {{0, 2}, dmm::kMarkDc},
                 {{0, 3}, dmm::kMarkAuto},
                 {{0, 0}, dmm::kMarkRelative},
                 {{10, 3}, dmm::kMarkHold},
                 {{12, 3}, dmm::kMarkMax},
                 {{13, 3}, dmm::kMarkMin}},
       .finish = [](const Frame& frame) { return "\x02" + frame.numbered(1); }});
}

}  // namespace acq::test
