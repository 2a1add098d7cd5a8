#include "dsp/base/params.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dsp/base/units.h"

namespace acq {
namespace {

constexpr std::size_t kMaxListItems = 65536;

std::string join(std::span<const std::string_view> words) {
  std::string out;
  for (const std::string_view word : words) out += (out.empty() ? "" : ", ") + std::string(word);
  return out;
}

std::string names_of(std::span<const ParamSpec> specs) {
  std::string out;
  for (const ParamSpec& spec : specs) out += (out.empty() ? "" : ", ") + std::string(spec.name);
  return out.empty() ? "no parameters" : out;
}

std::string range_of(const ParamSpec& spec) {
  const std::string low = std::isinf(spec.min) ? "" : format_quantity(spec.min, spec.unit);
  const std::string high = std::isinf(spec.max) ? "" : format_quantity(spec.max, spec.unit);
  if (low.empty() && high.empty())
    return spec.unit.empty() ? "a number" : "a number in " + std::string(spec.unit);
  if (high.empty()) return "at least " + low;
  if (low.empty()) return "at most " + high;
  return low + " to " + high;
}

// What may be given, for a parameter of any type.
std::string allowed_for(const ParamSpec& spec) {
  switch (spec.type) {
    case ParamType::kNumber:
    case ParamType::kInteger:
    case ParamType::kNumbers: return range_of(spec);
    case ParamType::kFlag: return "true, false";
    case ParamType::kText: return "text";
    case ParamType::kChoice: return join(spec.choices);
    case ParamType::kTables: return "tables of " + names_of(spec.fields);
  }
  return {};
}

const char* type_name(const Value& value) {
  static const char* const kNames[] = {"a flag", "a number", "text", "a list", "a table"};
  return kNames[value.index()];
}

// Turns one given value into the checked one, or says what is wrong.
class Checker {
 public:
  Checker(const ParamSpec& spec, std::string path, std::vector<Error>& problems)
      : spec_(spec), path_(std::move(path)), problems_(problems) {}

  bool number(const Value& given, double& out) {
    if (const auto* number = std::get_if<double>(&given)) {
      out = *number;
    } else if (const auto* text = std::get_if<std::string>(&given)) {
      const std::string_view unit = spec_.in_signal_unit ? unit_of(*text) : spec_.unit;
      const Result<double> parsed = parse_quantity(*text, unit);
      if (!parsed) return problem("cannot be used: " + parsed.error().sentence, range_of(spec_));
      out = *parsed;
    } else {
      return problem(fmt::format("must be a number, not {}", type_name(given)), range_of(spec_));
    }
    if (!std::isfinite(out)) return problem("must be finite", range_of(spec_));
    if (out < spec_.min || out > spec_.max) {
      return problem(format_quantity(out, spec_.unit) + " is out of range", range_of(spec_));
    }
    if (spec_.type == ParamType::kInteger &&
        (out != std::floor(out) || std::abs(out) > 9007199254740992.0)) {
      return problem(fmt::format("{} is not a whole number", out), range_of(spec_));
    }
    return true;
  }

  bool numbers(const Value& given, Value& out) {
    double value = 0;
    const auto* items = std::get_if<List>(&given);
    if (items == nullptr) {  // one number may stand for a list of one
      if (!number(given, value)) return false;
      out = List{Value(value)};
      return true;
    }
    if (items->size() > kMaxListItems)
      return problem("has too many values", fmt::format("at most {}", kMaxListItems));
    List list;
    for (std::size_t i = 0; i < items->size(); ++i) {
      Checker item(spec_, fmt::format("{}[{}]", path_, i), problems_);
      if (!item.number((*items)[i], value)) return false;
      list.emplace_back(value);
    }
    out = std::move(list);
    return true;
  }

  bool text(const Value& given, Value& out) {
    const auto* text = std::get_if<std::string>(&given);
    if (text == nullptr)
      return problem(fmt::format("must be text, not {}", type_name(given)), allowed_for(spec_));
    if (spec_.type == ParamType::kChoice &&
        std::find(spec_.choices.begin(), spec_.choices.end(), *text) == spec_.choices.end()) {
      return problem(quote(*text) + " is not one of the choices", join(spec_.choices));
    }
    out = *text;
    return true;
  }

  bool problem(std::string sentence, std::string allowed) {
    problems_.push_back(
        {Code::kInvalid, path_ + " " + std::move(sentence), path_, std::move(allowed)});
    return false;
  }

 private:
  const ParamSpec& spec_;
  std::string path_;
  std::vector<Error>& problems_;
};

bool check_value(Checker& checker, const ParamSpec& spec, const Value& given, Value& out) {
  switch (spec.type) {
    case ParamType::kNumber:
    case ParamType::kInteger: {
      double value = 0;
      if (!checker.number(given, value)) return false;
      out = value;
      // The unit is looked at when the signal is known.
      const auto* text = std::get_if<std::string>(&given);
      if (spec.in_signal_unit && text != nullptr && !unit_of(*text).empty()) out = *text;
      return true;
    }
    case ParamType::kFlag:
      if (!std::holds_alternative<bool>(given)) {
        return checker.problem(fmt::format("must be true or false, not {}", type_name(given)),
                               allowed_for(spec));
      }
      out = given;
      return true;
    case ParamType::kText:
    case ParamType::kChoice: return checker.text(given, out);
    case ParamType::kNumbers: return checker.numbers(given, out);
    case ParamType::kTables: break;
  }
  return false;
}

// A declared default, in the form a person would give it.
Value fallback_value(const ParamSpec& spec) {
  switch (spec.type) {
    case ParamType::kFlag:
      ACQ_CHECK(spec.fallback == "true" || spec.fallback == "false");
      return spec.fallback == "true";
    case ParamType::kNumbers: {
      List list;
      std::string_view rest = spec.fallback;
      while (!rest.empty()) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        list.emplace_back(std::string(rest.substr(0, comma)));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
      }
      return list;
    }
    case ParamType::kTables: return List{};
    default: return std::string(spec.fallback);
  }
}

}  // namespace

std::string to_text(const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  std::string out;
  if (const auto* list = std::get_if<List>(&value)) {
    for (const Value& item : *list) out += (out.empty() ? "" : ", ") + to_text(item);
    return "[" + out + "]";
  }
  for (const auto& [key, item] : std::get<Table>(value)) {
    out += (out.empty() ? "" : ", ") + key + " = " + to_text(item);
  }
  return "{" + out + "}";
}

namespace {

void refuse_undeclared(std::span<const ParamSpec> specs, const Table& given,
                       const std::string& prefix, std::vector<Error>& problems) {
  for (const auto& [name, value] : given) {
    const bool is_declared = std::any_of(specs.begin(), specs.end(),
                                         [&](const ParamSpec& spec) { return spec.name == name; });
    if (is_declared) continue;
    // The name is whatever somebody typed: long or odd ones appear in the path as quoted.
    const std::string shown = quote(name);
    const std::string path = prefix + (shown == "'" + name + "'" ? name : shown);
    problems.push_back({Code::kInvalid, path + " is not a parameter here", path, names_of(specs)});
  }
}

}  // namespace

// A list of tables into rows, each checked by itself.
void Params::check_tables(const ParamSpec& spec, const Value& given, const std::string& path,
                          std::vector<Error>& problems) {
  const auto* items = std::get_if<List>(&given);
  if (items == nullptr || items->size() > kMaxListItems) {
    const std::string sentence =
        items == nullptr
            ? fmt::format("{} must be a list of tables, not {}", path, type_name(given))
            : fmt::format("{} has more than {} tables", path, kMaxListItems);
    problems.push_back({Code::kInvalid, sentence, path, allowed_for(spec)});
    return;
  }
  std::vector<Params>& rows = tables_[std::string(spec.name)];
  List shown;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const std::string row_path = fmt::format("{}[{}]", path, i);
    const auto* row = std::get_if<Table>(&(*items)[i]);
    if (row == nullptr) {
      problems.push_back(
          {Code::kInvalid, row_path + " must be a table", row_path, allowed_for(spec)});
      continue;
    }
    rows.push_back(check(spec.fields, *row, row_path, problems));
    shown.emplace_back(rows.back().values());
  }
  values_.insert_or_assign(std::string(spec.name), std::move(shown));
}

Params Params::check(std::span<const ParamSpec> specs, const Table& given, std::string_view where,
                     std::vector<Error>& problems) {
  Params params;
  const std::string prefix = where.empty() ? "" : std::string(where) + ".";
  refuse_undeclared(specs, given, prefix, problems);
  for (const ParamSpec& spec : specs) {
    const std::string path = prefix + std::string(spec.name);
    Checker checker(spec, path, problems);
    const auto found = given.find(spec.name);
    if (found == given.end()) {
      if (spec.required) {
        const bool is_told = spec.type == ParamType::kText && !spec.text.empty();
        checker.problem("must be given", is_told ? std::string(spec.text) : allowed_for(spec));
        continue;
      }
      if (spec.fallback.empty() && spec.type != ParamType::kTables) continue;
    }
    const Value value = found == given.end() ? fallback_value(spec) : found->second;
    if (spec.type == ParamType::kTables) {
      params.check_tables(spec, value, path, problems);
      continue;
    }
    Value checked;
    if (check_value(checker, spec, value, checked))
      params.values_.insert_or_assign(std::string(spec.name), std::move(checked));
  }
  return params;
}

Result<Params> Params::check(std::span<const ParamSpec> specs, const Table& given,
                             std::string_view where) {
  std::vector<Error> problems;
  Params params = check(specs, given, where, problems);
  if (!problems.empty()) return tl::unexpected<Error>(problems.front());
  return params;
}

template <typename T>
const T& Params::at(std::string_view name) const {
  const auto found = values_.find(name);
  ACQ_CHECK(found != values_.end());
  const T* value = std::get_if<T>(&found->second);
  ACQ_CHECK(value != nullptr);
  return *value;
}

double Params::number(std::string_view name) const {
  return at<double>(name);
}
Result<double> Params::number_in(std::string_view name, std::string_view unit) const {
  const auto found = values_.find(name);
  ACQ_CHECK(found != values_.end());
  const auto* text = std::get_if<std::string>(&found->second);
  if (text == nullptr) return number(name);
  Result<double> parsed = parse_quantity(*text, unit);
  if (parsed) return parsed;
  return fail(Code::kInvalid, std::string(name) + " cannot be used: " + parsed.error().sentence,
              std::string(name), parsed.error().allowed);
}
std::int64_t Params::integer(std::string_view name) const {
  const double value = at<double>(name);
  ACQ_CHECK(value == std::floor(value));
  return static_cast<std::int64_t>(value);
}
bool Params::flag(std::string_view name) const {
  return at<bool>(name);
}
const std::string& Params::text(std::string_view name) const {
  return at<std::string>(name);
}

std::vector<double> Params::numbers(std::string_view name) const {
  std::vector<double> out;
  for (const Value& item : at<List>(name)) {
    const auto* number = std::get_if<double>(&item);
    ACQ_CHECK(number != nullptr);
    out.push_back(*number);
  }
  return out;
}

const std::vector<Params>& Params::tables(std::string_view name) const {
  const auto found = tables_.find(name);
  ACQ_CHECK(found != tables_.end());
  return found->second;
}

bool Params::has(std::string_view name) const {
  return values_.contains(name);
}
bool Params::operator==(const Params& other) const {
  return values_ == other.values_;
}

}  // namespace acq
