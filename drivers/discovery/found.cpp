#include "drivers/discovery/found.h"

#include <cstdio>
#include <set>

namespace acq::discovery {
namespace {

constexpr std::size_t kMostNameBytes = 32;

bool is_plain(unsigned char c) noexcept {
  return c >= 0x20 && c < 0x7f;
}

// A basic string of TOML. What is not printable ASCII came from a device and is written as it is
// read in messages; a device is never found again by such a text.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (is_plain(byte)) {
      out += c;
    } else {
      char digits[8];
      std::snprintf(digits, sizeof digits, "\\u%04x", byte);
      out += digits;
    }
  }
  return out + "\"";
}

// One line of a comment, whatever the text holds.
std::string comment(std::string_view text) {
  std::string line = "# ";
  for (const char c : text) line += is_plain(static_cast<unsigned char>(c)) ? c : '?';
  return line + "\n";
}

}  // namespace

std::string name_from(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool is_lower = c >= 'a' && c <= 'z';
    const bool is_digit = c >= '0' && c <= '9';
    if (is_upper) name += static_cast<char>(c - 'A' + 'a');
    if (is_lower || (is_digit && !name.empty())) name += c;
    if (!is_upper && !is_lower && !is_digit && !name.empty() && name.back() != '_') name += '_';
  }
  if (name.size() > kMostNameBytes) name.resize(kMostNameBytes);
  while (name.ends_with('_')) name.pop_back();
  return name.empty() ? "instrument" : name;
}

void make_names_unique(std::vector<Found>& all) {
  std::set<std::string> taken;
  for (Found& found : all) {
    const std::string wish = name_from(found.name);
    found.name = wish;
    for (int number = 2; !taken.insert(found.name).second; ++number)
      found.name = wish + "_" + std::to_string(number);
  }
}

std::string snippet(const Found& found) {
  std::string text =
      comment(found.way + " " + found.place + ": " + found.title + ", " + found.kind);
  if (!found.identity.empty()) text += comment("it says it is " + found.identity);
  if (!found.remark.empty()) text += comment(found.remark);
  if (found.driver.empty()) return text;
  text += "[instrument." + found.name + "]\ndriver = " + quoted(found.driver) + "\n";
  for (const auto& [key, value] : found.entries) text += key + " = " + quoted(value) + "\n";
  text +=
      "\n[pipeline." + found.name + "]\nfrom = [" + quoted(found.name + "/" + found.stream) + "]\n";
  return text;
}

}  // namespace acq::discovery
