#include "tests/support/parameter_values.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace acq::test {
namespace {

std::string text(std::string_view s) {
  return std::string(s);
}

}  // namespace

List bad_values(const ParamSpec& spec) {
  List bad;
  const bool is_number = spec.type == ParamType::kNumber || spec.type == ParamType::kInteger ||
                         spec.type == ParamType::kNumbers;
  if (is_number) {
    bad = {text("nonsense"), text("nan"), text("1 furlong"), std::nan(""), INFINITY, Table{}};
    if (std::isfinite(spec.min)) bad.emplace_back(spec.min - std::max(1.0, std::abs(spec.min)));
    if (std::isfinite(spec.max)) bad.emplace_back(spec.max * 2 + 1);
    if (spec.type == ParamType::kInteger) bad.emplace_back(spec.min + 0.5);
    if (spec.type == ParamType::kNumbers) bad.emplace_back(List{text("x")});
  }
  if (spec.type == ParamType::kFlag) bad = {text("true"), 1.0};
  if (spec.type == ParamType::kText) bad = {1.0, true, List{}};
  if (spec.type == ParamType::kChoice) bad = {text("no such choice"), text(""), 1.0};
  if (spec.type == ParamType::kTables)
    bad = {1.0, text("x"), List{1.0}, List{Table{{"no such field", 1.0}}}};
  return bad;
}

List good_values(const ParamSpec& spec) {
  List good;
  switch (spec.type) {
    case ParamType::kNumber:
    case ParamType::kInteger:
    case ParamType::kNumbers:
      good.emplace_back(std::clamp(1.0, spec.min, spec.max));
      if (std::isfinite(spec.min)) good.emplace_back(spec.min);
      if (std::isfinite(spec.max)) good.emplace_back(spec.max);
      break;
    case ParamType::kFlag: good = {true, false}; break;
    case ParamType::kText: good = {text("a word")}; break;
    case ParamType::kChoice:
      for (const std::string_view choice : spec.choices) good.emplace_back(text(choice));
      break;
    case ParamType::kTables:
      for (const ParamSpec& field : spec.fields) {
        for (const Value& value : good_values(field)) {
          Table row;
          for (const ParamSpec& other : spec.fields)
            row[std::string(other.name)] = good_values(other)[0];
          row[std::string(field.name)] = value;
          good.emplace_back(List{row});
        }
      }
      good.emplace_back(List{});
      break;
  }
  return good;
}

Table RandomValues::table(std::span<const ParamSpec> specs) {
  Table out;
  for (const ParamSpec& spec : specs)
    if (spec.required || below(3) == 0) out[std::string(spec.name)] = value(spec);
  return out;
}

double RandomValues::number(const ParamSpec& spec) {
  const double low = std::max(spec.min, -1e6), high = std::min(spec.max, 1e6);
  const double share = std::pow(10.0, -static_cast<double>(below(10)));
  const double out = below(2) == 0 ? low + (high - low) * share : high - (high - low) * share;
  return spec.type == ParamType::kInteger ? std::round(out) : std::clamp(out, low, high);
}

Value RandomValues::value(const ParamSpec& spec) {
  switch (spec.type) {
    case ParamType::kNumber:
    case ParamType::kInteger: return number(spec);
    case ParamType::kFlag: return below(2) == 0;
    case ParamType::kText: return text("text");
    case ParamType::kChoice: return text(spec.choices[below(spec.choices.size())]);
    case ParamType::kNumbers: {
      List list;
      for (std::size_t i = below(5); i > 0; --i) list.emplace_back(number(spec));
      return list;
    }
    case ParamType::kTables: break;
  }
  List rows;
  for (std::size_t i = below(5); i > 0; --i) rows.emplace_back(table(spec.fields));
  return rows;
}

}  // namespace acq::test
