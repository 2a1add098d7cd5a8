#include "proto/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace acq {
namespace {

// Length of the well-formed UTF-8 sequence at the start of `text`, 0 when there is none (the
// Unicode Standard, table 3-7). Never reads past the end.
std::size_t sequence_length(std::string_view text) noexcept {
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto in = [&](std::size_t i, std::uint8_t low, std::uint8_t high) {
    return i < text.size() && at(i) >= low && at(i) <= high;
  };
  const std::uint8_t first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return in(1, 0x80, 0xBF) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const std::uint8_t low = first == 0xE0 ? 0xA0 : 0x80;
    const std::uint8_t high = first == 0xED ? 0x9F : 0xBF;
    return in(1, low, high) && in(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const std::uint8_t low = first == 0xF0 ? 0x90 : 0x80;
    const std::uint8_t high = first == 0xF4 ? 0x8F : 0xBF;
    return in(1, low, high) && in(2, 0x80, 0xBF) && in(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

bool is_control(std::string_view sequence) noexcept {
  const auto first = static_cast<std::uint8_t>(sequence[0]);
  if (sequence.size() == 1) return first < 0x20 || first == 0x7F;
  return first == 0xC2 && static_cast<std::uint8_t>(sequence[1]) < 0xA0;  // U+0080 to U+009F
}

}  // namespace

bool is_clean_text(std::string_view raw) noexcept {
  // Most texts are printable ASCII alone.
  const auto other = std::find_if(raw.begin(), raw.end(), [](char c) {
    const auto byte = static_cast<std::uint8_t>(c);
    return byte < 0x20 || byte >= 0x7F;
  });
  raw.remove_prefix(static_cast<std::size_t>(other - raw.begin()));
  while (!raw.empty()) {
    const std::size_t length = sequence_length(raw);
    if (length == 0 || is_control(raw.substr(0, length))) return false;
    raw.remove_prefix(length);
  }
  return true;
}

std::string cleaned(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  while (!raw.empty()) {
    const std::size_t length = sequence_length(raw);
    if (length == 0 || is_control(raw.substr(0, length))) {
      out += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(raw[0]));
      raw.remove_prefix(1);
    } else {
      out += raw.substr(0, length);
      raw.remove_prefix(length);
    }
  }
  return out;
}

std::string shown(std::string_view raw) {
  constexpr std::size_t kMaxEcho = 64;
  return "'" + cleaned(raw.substr(0, kMaxEcho)) + (raw.size() > kMaxEcho ? "...'" : "'");
}

}  // namespace acq
