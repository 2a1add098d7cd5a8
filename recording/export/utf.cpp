#include "recording/export/utf.h"

#include <cstdint>

namespace acq::exports {
namespace {

// How many bytes a character has, by its first one; 0: none begins so.
std::size_t length_of(unsigned char first) noexcept {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  if (first >= 0xF0 && first < 0xF5) return 4;
  return 0;
}

// The character at the start of `text`, which is shortened by it.
char32_t take(std::string_view& text) noexcept {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = length_of(first);
  constexpr std::uint32_t kMasks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  std::uint32_t value = first & kMasks[length];
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    if ((next & 0xC0U) != 0x80U) {
      text.remove_prefix(1);
      return U'?';
    }
    value = value << 6 | (next & 0x3FU);
  }
  text.remove_prefix(length == 0 ? 1 : length);
  const bool is_surrogate = value >= 0xD800 && value < 0xE000;
  return length == 0 || is_surrogate || value > 0x10FFFF ? U'?' : static_cast<char32_t>(value);
}

}  // namespace

std::u32string utf32_of(std::string_view utf8) {
  std::u32string out;
  while (!utf8.empty()) out += take(utf8);
  return out;
}

std::u16string utf16_of(std::string_view utf8) {
  std::u16string out;
  for (const char32_t c : utf32_of(utf8)) {
    if (c < 0x10000) {
      out += static_cast<char16_t>(c);
      continue;
    }
    out += static_cast<char16_t>(0xD800 + ((c - 0x10000) >> 10));
    out += static_cast<char16_t>(0xDC00 + ((c - 0x10000) & 0x3FF));
  }
  return out;
}

}  // namespace acq::exports
