#include "dsp/base/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace acq {
namespace {

struct Prefix {
  std::string_view symbol;
  double factor;
};

// Longest first where one is the start of another ("da" before "d").
constexpr std::array kSiPrefixes = {
    Prefix{"da", 1e1}, Prefix{"Y", 1e24},  Prefix{"Z", 1e21},      Prefix{"E", 1e18},
    Prefix{"P", 1e15}, Prefix{"T", 1e12},  Prefix{"G", 1e9},       Prefix{"M", 1e6},
    Prefix{"k", 1e3},  Prefix{"h", 1e2},   Prefix{"d", 1e-1},      Prefix{"c", 1e-2},
    Prefix{"m", 1e-3}, Prefix{"u", 1e-6},  Prefix{"\u00b5", 1e-6}, Prefix{"\u03bc", 1e-6},
    Prefix{"n", 1e-9}, Prefix{"p", 1e-12}, Prefix{"f", 1e-15},     Prefix{"a", 1e-18},
};
constexpr std::array kIecPrefixes = {Prefix{"Ki", 1024.0}, Prefix{"Mi", 1048576.0},
                                     Prefix{"Gi", 1073741824.0}, Prefix{"Ti", 1099511627776.0}};

// Units other than the base that mean the same dimension.
struct Alias {
  std::string_view unit;
  std::string_view base;
  double factor;
};
constexpr std::array kAliases = {
    Alias{"min", "s", 60},
    Alias{"h", "s", 3600},
    Alias{"d", "s", 86400},
    Alias{"%", "1", 1e-2},
    Alias{"ppm", "1", 1e-6},
    Alias{"rpm", "Hz", 1.0 / 60},
    Alias{"S/s", "Hz", 1},
    Alias{"Sa/s", "Hz", 1},
    Alias{"rad", "deg", 180 / 3.14159265358979323846},
    Alias{"bit", "B", 0.125},
    Alias{"ohm", "Ohm", 1},
    Alias{"\u03a9", "Ohm", 1},
    Alias{"sample", "samples", 1},
};

// The words a quantity may be written in, so that "5 s" for a voltage is told from "5 xyz".
constexpr std::array<std::string_view, 20> kKnownUnits = {
    "Hz", "s", "V",  "A", "W", "Ohm", "F", "H",   "K",  "Cel",
    "m",  "g", "Pa", "N", "J", "B",   "1", "deg", "dB", "samples"};

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kMaxEcho = 64;
  std::string out = "'";
  for (const char c : text.substr(0, kMaxEcho)) {
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? std::string("?") : std::string(1, c);
  }
  return out + "'";
}

// The factor from `written` to `base`, or 0 when `written` is not `base` with a prefix.
double prefixed_factor(std::string_view written, std::string_view base) {
  if (written == base) return 1;
  const auto try_all = [&](const auto& prefixes) {
    for (const Prefix& prefix : prefixes) {
      if (written.size() == prefix.symbol.size() + base.size() &&
          written.starts_with(prefix.symbol) && written.ends_with(base)) {
        return prefix.factor;
      }
    }
    return 0.0;
  };
  if (base == "B") {
    if (const double factor = try_all(kIecPrefixes); factor != 0) return factor;
  }
  return try_all(kSiPrefixes);
}

double unit_factor(std::string_view written, std::string_view unit) {
  if (const double factor = prefixed_factor(written, unit); factor != 0) return factor;
  for (const Alias& alias : kAliases) {
    if (alias.base != unit) continue;
    if (const double factor = prefixed_factor(written, alias.unit); factor != 0)
      return factor * alias.factor;
  }
  return 0;
}

bool is_known_unit(std::string_view written) {
  return std::any_of(kKnownUnits.begin(), kKnownUnits.end(),
                     [&](std::string_view unit) { return unit_factor(written, unit) != 0; });
}

}  // namespace

Result<double> parse_quantity(std::string_view text, std::string_view unit) {
  const std::string_view trimmed = trim(text);
  std::string_view digits = trimmed;
  if (!digits.empty() && digits.front() == '+') digits.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc::result_out_of_range) {
    return fail(Code::kInvalid, quoted(text) + " is out of the range of a number");
  }
  if (error != std::errc{})
    return fail(Code::kInvalid, quoted(text) + " does not start with a number");
  if (!std::isfinite(number)) return fail(Code::kInvalid, quoted(text) + " is not finite");

  const std::string_view written =
      trim({end, static_cast<std::size_t>(digits.data() + digits.size() - end)});
  if (written.empty()) return number;
  const std::string_view target = unit.empty() ? std::string_view{"1"} : unit;
  const double factor = unit_factor(written, target);
  if (factor != 0) {
    if (!std::isfinite(number * factor))
      return fail(Code::kInvalid, quoted(text) + " is out of the range of a number");
    // Division is exact where the factor's reciprocal is a whole number: "5 ms" is 0.005, not
    // 0.005000...1.
    return factor < 1 && std::round(1 / factor) < 1e15 ? number / std::round(1 / factor)
                                                       : number * factor;
  }
  const std::string wanted =
      target == "1" ? "a bare number" : "a quantity in " + std::string(target);
  return fail(Code::kInvalid,
              is_known_unit(written) ? quoted(written) + " is not a unit of " +
                                           (target == "1" ? "a bare number" : std::string(target))
                                     : quoted(written) + " is not a unit",
              {}, wanted);
}

std::string format_quantity(double value, std::string_view unit) {
  const auto with_unit = [&](double number, std::string_view prefix) {
    const std::string_view shown = unit == "1" ? std::string_view{} : unit;
    if (shown.empty() && prefix.empty()) return fmt::format("{}", number);
    return fmt::format("{} {}{}", number, prefix, shown);
  };
  const bool takes_prefix =
      !unit.empty() && unit != "1" && unit != "dB" && unit != "deg" && unit != "samples";
  if (!takes_prefix || value == 0 || !std::isfinite(value)) return with_unit(value, "");
  constexpr std::array kShown = {Prefix{"T", 1e12}, Prefix{"G", 1e9},  Prefix{"M", 1e6},
                                 Prefix{"k", 1e3},  Prefix{"", 1},     Prefix{"m", 1e-3},
                                 Prefix{"u", 1e-6}, Prefix{"n", 1e-9}, Prefix{"p", 1e-12}};
  for (const Prefix& prefix : kShown) {
    if (std::abs(value) < prefix.factor) continue;
    const double scaled =
        prefix.factor < 1 ? value * std::round(1 / prefix.factor) : value / prefix.factor;
    const double back =
        prefix.factor < 1 ? scaled / std::round(1 / prefix.factor) : scaled * prefix.factor;
    return back == value ? with_unit(scaled, prefix.symbol) : with_unit(value, "");
  }
  return with_unit(value, "");
}

}  // namespace acq
