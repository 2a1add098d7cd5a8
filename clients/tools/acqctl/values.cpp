#include "clients/tools/acqctl/values.h"

#include <toml++/toml.h>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>

#include "dsp/base/units.h"

namespace acq::tool {
namespace {

// Plain as long as that is short and exact.
std::string number_text(double value) {
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, end.ptr};
}

v1::Value value_of(const toml::node& node) {
  v1::Value value;
  if (const auto* list = node.as_array()) {
    value.mutable_list();
    for (const toml::node& item : *list) *value.mutable_list()->add_items() = value_of(item);
  } else if (const auto* table = node.as_table()) {
    value.mutable_table();
    for (const auto& [key, item] : *table) {
      (*value.mutable_table()->mutable_entries())[std::string(key.str())] = value_of(item);
    }
  } else if (const auto flag = node.value_exact<bool>()) {
    value.set_flag(*flag);
  } else if (const auto number = node.value<double>()) {
    value.set_number(*number);
  } else {
    value.set_text(node.value_or(std::string()));
  }
  return value;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string quoted_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

// Quoted where it would be read as something else when typed bare.
std::string plain_text(const std::string& text) {
  const auto back = parse_value(text);
  const bool is_plain = back && back->kind_case() == v1::Value::kText && back->text() == text;
  return is_plain ? text : quoted_text(text);
}

// Within lists and tables text is always quoted, as in the configuration.
std::string item_text(const v1::Value& value) {
  return value.kind_case() == v1::Value::kText ? quoted_text(value.text()) : value_text(value);
}

// A prefix before a power or a quotient would say something else, and "mdB" is none.
bool takes_prefix(std::string_view unit) {
  static constexpr std::string_view kUnits[] = {"s",   "Hz",  "V", "A", "W",  "Ohm", "F", "H", "B",
                                                "B/s", "S/s", "m", "N", "Pa", "J",   "T", "K", "g"};
  return std::find(std::begin(kUnits), std::end(kUnits), unit) != std::end(kUnits);
}

}  // namespace

Result<v1::Value> parse_value(std::string_view text) {
  text = trimmed(text);
  v1::Value value;
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text == "true" || text == "false") {
    value.set_flag(text == "true");
  } else if (read.ec == std::errc() && read.ptr == text.data() + text.size() &&
             std::isfinite(number)) {
    value.set_number(number);
  } else if (!text.empty() &&
             std::string_view("[{\"'").find(text.front()) != std::string_view::npos) {
    try {
      return value_of(*toml::parse("value = " + std::string(text)).get("value"));
    } catch (const toml::parse_error& error) {
      return fail(Code::kInvalid,
                  "'" + std::string(text) + "' cannot be read: " + std::string(error.description()),
                  "value", "a number, true, false, text, [list] or {table}");
    }
  } else {
    value.set_text(std::string(text));
  }
  return value;
}

Result<v1::Assignment> parse_assignment(std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::string_view path = trimmed(text.substr(0, equals));
  if (equals == std::string_view::npos || path.empty()) {
    return fail(Code::kInvalid, "'" + std::string(text) + "' is not an assignment", "PATH=VALUE",
                "such as instrument.scope.rate=\"1 MHz\"");
  }
  auto value = parse_value(text.substr(equals + 1));
  if (!value) {
    value.error().where = std::string(path);
    return tl::unexpected(value.error());
  }
  v1::Assignment assignment;
  assignment.set_path(std::string(path));
  *assignment.mutable_value() = std::move(*value);
  return assignment;
}

std::string value_text(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kNumber: return number_text(value.number());
    case v1::Value::kFlag: return value.flag() ? "true" : "false";
    case v1::Value::kText: return plain_text(value.text());
    case v1::Value::kList: {
      std::string out;
      for (const v1::Value& item : value.list().items()) {
        out += (out.empty() ? "" : ", ") + item_text(item);
      }
      return "[" + out + "]";
    }
    case v1::Value::kTable: {
      std::vector<std::string> entries;
      for (const auto& [key, item] : value.table().entries()) {
        entries.push_back(key + " = " + item_text(item));
      }
      std::sort(entries.begin(), entries.end());  // a map has no order of its own
      std::string out;
      for (const std::string& entry : entries) out += (out.empty() ? "" : ", ") + entry;
      return "{" + out + "}";
    }
    case v1::Value::KIND_NOT_SET: break;
  }
  return "";
}

std::string value_text(const v1::Value& value, std::string_view unit) {
  const bool is_quantity = value.kind_case() == v1::Value::kNumber && !unit.empty() && unit != "1";
  return is_quantity ? format_quantity(value.number(), unit) : value_text(value);
}

std::string allowed_text(const v1::Setting& setting) {
  if (setting.choices_size() > 0) {
    std::string out;
    for (const std::string& choice : setting.choices()) out += (out.empty() ? "" : ", ") + choice;
    return out;
  }
  const bool is_number =
      setting.type() == "number" || setting.type() == "integer" || setting.type() == "numbers";
  if (!is_number) return setting.type() == "flag" ? "true, false" : "";
  const bool has_low = std::isfinite(setting.min());
  const bool has_high = std::isfinite(setting.max());
  const std::string low = format_quantity(has_low ? setting.min() : 0, setting.unit());
  const std::string high = format_quantity(has_high ? setting.max() : 0, setting.unit());
  if (has_low && has_high) return low + " to " + high;
  if (has_low) return "at least " + low;
  return has_high ? "at most " + high : "";
}

std::string si_text(double value, std::string_view unit) {
  if (!std::isfinite(value)) return "-";
  static constexpr const char* kPrefixes[] = {"a", "f", "p", "n", "µ", "m", "", "k", "M", "G", "T"};
  constexpr int kNone = 6;
  int prefix = kNone;
  // Rounded first, so that 999.96 becomes 1 k and not 1000.
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.3e", value);
  const int exponent = value == 0 ? 0 : std::atoi(std::strchr(digits, 'e') + 1);
  if (takes_prefix(unit)) {
    prefix = std::clamp(kNone + static_cast<int>(std::floor(exponent / 3.0)), 0, 10);
  }
  const double scaled = std::strtod(digits, nullptr) / std::pow(10.0, 3 * (prefix - kNone));
  char text[48];
  std::snprintf(text, sizeof text, "%.4g", scaled);
  const std::string shown_unit = unit == "1" ? "" : std::string(unit);
  return shown_unit.empty() ? text : std::string(text) + " " + kPrefixes[prefix] + shown_unit;
}

std::string word(std::string_view enumerator) {
  std::string out(enumerator);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace acq::tool
