#include "drivers/scpi/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace acq::scpi {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
// What SCPI sends for numbers that are none.
constexpr double kInfinityCode = 9.9e37;
constexpr double kNanCode = 9.91e37;

// IEEE 488.2: every control character but the newline counts as white space too.
bool is_space(char c) noexcept {
  return static_cast<unsigned char>(c) <= 0x20;
}

char upper(char c) noexcept {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

tl::unexpected<Error> no(std::string_view what, std::string_view text, std::string_view allowed) {
  return fail(Code::kInvalid, fmt::format("{} is not {}", quote(text), what), {},
              std::string(allowed));
}

// The digits after #H, #Q or #B.
Result<std::uint64_t> parse_radix(std::string_view text) {
  constexpr std::string_view kAllowed = "#H, #Q or #B and at most 64 bits of digits";
  const char kind = text.size() > 1 ? upper(text[1]) : '\0';
  const int base = kind == 'H' ? 16 : kind == 'Q' ? 8 : kind == 'B' ? 2 : 0;
  if (base == 0) return no("a number", text, kAllowed);
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + 2, end, value, base);
  if (error != std::errc{} || stop != end) return no("a number", text, kAllowed);
  return value;
}

// The mantissa without its sign: from_chars takes words such as "inf" that are none here.
bool starts_number(std::string_view text) noexcept {
  if (!text.empty() && text[0] == '.') text.remove_prefix(1);
  return !text.empty() && text[0] >= '0' && text[0] <= '9';
}

Result<double> parse_decimal(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  std::string_view rest = text;
  if (is_negative || text.starts_with('+')) rest.remove_prefix(1);
  double value = 0;
  if (!starts_number(rest)) return no("a number", text, "such as 5, -1.25 or 1E-3");
  const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error != std::errc{} || stop != rest.data() + rest.size())
    return no("a number", text, "such as 5, -1.25 or 1E-3, within float64");
  if (value == kNanCode) return kNan;
  if (value == kInfinityCode) value = kInfinity;
  return is_negative ? -value : value;
}

}  // namespace

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (upper(a[i]) != upper(b[i])) return false;
  return true;
}

bool means(std::string_view answer, std::string_view word) noexcept {
  constexpr std::string_view kDefault = ":DC";
  if (word.ends_with(kDefault) && answer.find(':') == std::string_view::npos)
    word.remove_suffix(kDefault.size());
  while (!word.empty() && !answer.empty()) {
    const std::string_view told = answer.substr(0, answer.find(':'));
    const std::string_view meant = word.substr(0, word.find(':'));
    if (!equals_ignoring_case(told.substr(0, meant.size()), meant)) return false;
    answer.remove_prefix(std::min(told.size() + 1, answer.size()));
    word.remove_prefix(std::min(meant.size() + 1, word.size()));
  }
  return word.empty() && answer.empty();
}

Result<double> parse_number(std::string_view text) {
  text = trim(text);
  if (text.starts_with('#')) {
    const Result<std::uint64_t> value = parse_radix(text);
    if (!value) return tl::unexpected<Error>(value.error());
    return static_cast<double>(*value);
  }
  if (equals_ignoring_case(text, "INF") || equals_ignoring_case(text, "+INF") ||
      equals_ignoring_case(text, "INFINITY"))
    return kInfinity;
  if (equals_ignoring_case(text, "NINF") || equals_ignoring_case(text, "-INF")) return -kInfinity;
  if (equals_ignoring_case(text, "NAN")) return kNan;
  return parse_decimal(text);
}

Result<std::int64_t> parse_integer(std::string_view text) {
  constexpr std::string_view kAllowed = "-9223372036854775808 to 9223372036854775807";
  text = trim(text);
  if (text.starts_with('#')) {
    const Result<std::uint64_t> value = parse_radix(text);
    if (!value) return tl::unexpected<Error>(value.error());
    if (*value > std::numeric_limits<std::int64_t>::max())
      return no("a whole number", text, kAllowed);
    return static_cast<std::int64_t>(*value);
  }
  std::string_view digits = text;
  if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);
  std::int64_t value = 0;
  if (const auto [stop, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), value);
      error == std::errc{} && stop == digits.data() + digits.size())
    return value;
  const Result<double> number = parse_decimal(text);
  constexpr double kExact = 9007199254740992.0;  // 2^53: above, float64 skips whole numbers
  if (!number || std::trunc(*number) != *number || std::abs(*number) > kExact)
    return no("a whole number", text, kAllowed);
  return static_cast<std::int64_t>(*number);
}

Result<bool> parse_flag(std::string_view text) {
  text = trim(text);
  if (equals_ignoring_case(text, "ON")) return true;
  if (equals_ignoring_case(text, "OFF")) return false;
  const Result<std::int64_t> value = parse_integer(text);
  if (!value || *value < 0 || *value > 1) return no("a flag", text, "0 1 OFF ON");
  return *value == 1;
}

Result<std::string> parse_string(std::string_view text) {
  text = trim(text);
  const char mark = text.empty() ? '\0' : text.front();
  if ((mark != '"' && mark != '\'') || text.size() < 2 || text.back() != mark)
    return no("a string", text, "text in quotes");
  const std::string_view inside = text.substr(1, text.size() - 2);
  std::string out;
  out.reserve(inside.size());
  for (std::size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] == mark) {
      ++i;
      if (i == inside.size() || inside[i] != mark)
        return no("a string", text, "quotes inside doubled");
    }
    out += inside[i];
  }
  return out;
}

std::string format_number(double value) {
  if (std::isnan(value)) return "9.91E37";
  if (std::isinf(value)) return value > 0 ? "9.9E37" : "-9.9E37";
  return fmt::format("{}", value);
}

std::string format_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

}  // namespace acq::scpi
