#include "dsp/base/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace acq {
namespace {

enum class Takes : std::uint8_t {
  kNoPrefix,
  kSi,
  kBytes,  // multiples only, decimal and binary
};

// One of `symbol` is times/over of `base`.
struct Unit {
  std::string_view symbol;
  std::string_view base;
  Takes takes = Takes::kSi;
  double times = 1;
  double over = 1;
};

constexpr double kPi = 3.14159265358979323846;
constexpr std::array kUnits = {
    Unit{"Hz", "Hz"},
    Unit{"S/s", "Hz"},
    Unit{"Sa/s", "Hz"},
    Unit{"rpm", "Hz", Takes::kNoPrefix, 1, 60},
    Unit{"s", "s"},
    Unit{"min", "s", Takes::kNoPrefix, 60},
    Unit{"h", "s", Takes::kNoPrefix, 3600},
    Unit{"d", "s", Takes::kNoPrefix, 86400},
    Unit{"V", "V"},
    Unit{"A", "A"},
    Unit{"W", "W"},
    Unit{"Ohm", "Ohm"},
    Unit{"ohm", "Ohm"},
    Unit{"\u03a9", "Ohm"},  // Greek capital omega
    Unit{"\u2126", "Ohm"},  // the ohm sign
    Unit{"F", "F"},
    Unit{"H", "H"},
    Unit{"K", "K"},
    Unit{"Cel", "Cel", Takes::kNoPrefix},
    Unit{"m", "m"},
    Unit{"g", "g"},
    Unit{"Pa", "Pa"},
    Unit{"N", "N"},
    Unit{"J", "J"},
    Unit{"B", "B", Takes::kBytes},
    Unit{"bit", "B", Takes::kBytes, 1, 8},
    Unit{"deg", "deg", Takes::kNoPrefix},
    Unit{"rad", "deg", Takes::kSi, 180, kPi},
    Unit{"dB", "dB", Takes::kNoPrefix},
    Unit{"%", "1", Takes::kNoPrefix, 1, 100},
    Unit{"ppm", "1", Takes::kNoPrefix, 1, 1'000'000},
    Unit{"samples", "samples", Takes::kNoPrefix},
    Unit{"sample", "samples", Takes::kNoPrefix},
};

struct Prefix {
  std::string_view symbol;
  int exponent;  // of ten
};
constexpr std::array kSiPrefixes = {
    Prefix{"Y", 24},      Prefix{"Z", 21},  Prefix{"E", 18},  Prefix{"P", 15},  Prefix{"T", 12},
    Prefix{"G", 9},       Prefix{"M", 6},   Prefix{"k", 3},   Prefix{"h", 2},   Prefix{"da", 1},
    Prefix{"d", -1},      Prefix{"c", -2},  Prefix{"m", -3},  Prefix{"u", -6},  // u for micro
    Prefix{"\u00b5", -6},                                                       // micro sign
    Prefix{"\u03bc", -6},                                                       // Greek mu
    Prefix{"n", -9},      Prefix{"p", -12}, Prefix{"f", -15}, Prefix{"a", -18},
};
struct BinaryPrefix {
  std::string_view symbol;
  double factor;
};
constexpr std::array kBinaryPrefixes = {BinaryPrefix{"Ki", 0x1p10}, BinaryPrefix{"Mi", 0x1p20},
                                        BinaryPrefix{"Gi", 0x1p30}, BinaryPrefix{"Ti", 0x1p40}};

// What turns a number in the written unit into one in the wanted unit.
struct Conversion {
  int exponent = 0;  // of ten
  double times = 1;
  double over = 1;
};

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// The unit of this symbol; nullptr outside the table.
const Unit* find_unit(std::string_view symbol) {
  const auto* found = std::find_if(kUnits.begin(), kUnits.end(),
                                   [&](const Unit& unit) { return unit.symbol == symbol; });
  return found == kUnits.end() ? nullptr : found;
}

// What `prefix` does to `unit`; nothing when the unit does not take it.
std::optional<Conversion> prefixed(std::string_view prefix, const Unit& unit) {
  if (prefix.empty()) return Conversion{};
  if (unit.takes == Takes::kBytes) {
    for (const BinaryPrefix& binary : kBinaryPrefixes) {
      if (binary.symbol == prefix) return Conversion{.times = binary.factor};
    }
  }
  for (const Prefix& si : kSiPrefixes) {
    if (si.symbol != prefix) continue;
    const bool is_taken =
        unit.takes == Takes::kSi || (unit.takes == Takes::kBytes && si.exponent >= 3);
    if (is_taken) return Conversion{.exponent = si.exponent};
  }
  return std::nullopt;
}

// From the unit `written`, with or without prefix, to `wanted`; to any unit when that is nullptr.
std::optional<Conversion> conversion(std::string_view written, const Unit* wanted) {
  // Units as they stand go first: "min" is a minute, not a milli-inch, "Pa" a pascal.
  for (const bool is_exact : {true, false}) {
    for (const Unit& unit : kUnits) {
      if (wanted != nullptr && unit.base != wanted->base) continue;
      if (is_exact ? written != unit.symbol : !written.ends_with(unit.symbol)) continue;
      auto found = prefixed(written.substr(0, written.size() - unit.symbol.size()), unit);
      if (!found) continue;
      if (wanted != nullptr && unit.symbol != wanted->symbol) {
        found->times *= unit.times * wanted->over;
        found->over = unit.over * wanted->times;
      }
      return found;
    }
  }
  return std::nullopt;
}

// The double nearest to `digits` (as std::from_chars read it) times ten to the `exponent`.
Result<double> scaled(std::string_view digits, int exponent) {
  std::string_view mantissa = digits;
  int own_exponent = 0;
  if (const std::size_t e = digits.find_first_of("eE"); e != std::string_view::npos) {
    mantissa = digits.substr(0, e);
    std::string_view rest = digits.substr(e + 1);
    if (rest.starts_with('+')) rest.remove_prefix(1);
    // Too long for an int: the number is 0 whatever its exponent, or was refused before.
    std::from_chars(rest.data(), rest.data() + rest.size(), own_exponent);
  }
  const std::string text = fmt::format("{}e{}", mantissa, own_exponent + exponent);
  double value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{})
    return fail(Code::kInvalid, quote(digits) + " is out of the range of a number");
  return value;
}

Result<double> convert(std::string_view digits, double number, const Conversion& by) {
  double value = number;
  if (by.exponent != 0) {
    const Result<double> shifted = scaled(digits, by.exponent);
    if (!shifted) return shifted;
    value = *shifted;
  }
  value = value * by.times / by.over;
  if (!std::isfinite(value) || (value == 0) != (number == 0))
    return fail(Code::kInvalid, quote(digits) + " is out of the range of a number in this unit");
  return value;
}

}  // namespace

Result<double> parse_quantity(std::string_view text, std::string_view unit) {
  std::string_view rest = trim(text);
  // from_chars knows no plus sign; "+-5" is not a number.
  if (rest.starts_with('+') && !rest.substr(1).starts_with('-')) rest.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (error == std::errc::result_out_of_range)
    return fail(Code::kInvalid, quote(text) + " is out of the range of a number");
  if (error != std::errc{})
    return fail(Code::kInvalid, quote(text) + " does not start with a number");
  if (!std::isfinite(number)) return fail(Code::kInvalid, quote(text) + " is not finite");

  const std::string_view digits = rest.substr(0, static_cast<std::size_t>(end - rest.data()));
  const std::string_view written = trim(rest.substr(digits.size()));
  const bool is_bare = unit.empty() || unit == "1";
  if (written.empty() || (written == unit && !is_bare)) return number;
  constexpr Unit kBare{"1", "1", Takes::kNoPrefix};
  if (const Unit* target = is_bare ? &kBare : find_unit(unit)) {
    if (const auto found = conversion(written, target)) return convert(digits, number, *found);
  }

  const std::string wanted = is_bare ? "a number" : "a quantity in " + std::string(unit);
  if (!conversion(written, nullptr))
    return fail(Code::kInvalid, quote(written) + " is not a known unit", {}, wanted);
  return fail(Code::kInvalid,
              is_bare ? quote(written) + " is a unit where a bare number is expected"
                      : quote(written) + " cannot be converted to " + std::string(unit),
              {}, wanted);
}

std::string_view unit_of(std::string_view text) noexcept {
  std::string_view rest = trim(text);
  if (rest.starts_with('+')) rest.remove_prefix(1);
  double number = 0;
  const char* end = std::from_chars(rest.data(), rest.data() + rest.size(), number).ptr;
  return trim(rest.substr(static_cast<std::size_t>(end - rest.data())));
}

std::string format_quantity(double value, std::string_view unit) {
  const bool is_bare = unit.empty() || unit == "1";
  std::string plain = is_bare ? fmt::format("{}", value) : fmt::format("{} {}", value, unit);
  const Unit* known = find_unit(unit);
  if (known == nullptr || known->takes == Takes::kNoPrefix) return plain;
  if (value == 0 || !std::isfinite(value)) return plain;

  // Shortest digits that read back as the same double, then the decimal point is moved.
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                          std::abs(value), std::chars_format::scientific);
  ACQ_CHECK(error == std::errc{});
  const std::string_view shortest{buffer.data(), static_cast<std::size_t>(end - buffer.data())};
  const std::size_t e = shortest.find('e');
  const int exponent = std::stoi(std::string(shortest.substr(e + 1)));
  const int engineering = static_cast<int>(std::floor(exponent / 3.0)) * 3;
  const int smallest = known->takes == Takes::kBytes ? 0 : -12;
  if (engineering < smallest || engineering > 12) return plain;

  std::string digits{shortest.substr(0, 1)};
  if (e > 2) digits += shortest.substr(2, e - 2);
  const std::size_t whole = 1 + static_cast<std::size_t>(exponent - engineering);
  if (digits.size() < whole) digits.append(whole - digits.size(), '0');
  if (digits.size() > whole) digits.insert(whole, ".");
  constexpr std::array<std::string_view, 9> kShown = {"p", "n", "u", "m", "", "k", "M", "G", "T"};
  const std::string_view prefix = kShown[static_cast<std::size_t>(engineering + 12) / 3];
  return fmt::format("{}{} {}{}", std::signbit(value) ? "-" : "", digits, prefix, unit);
}

}  // namespace acq
