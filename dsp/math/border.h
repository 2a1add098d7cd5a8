// What lies beyond the ends of an array when a filter looks there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace acq {

enum class Border : std::uint8_t { kReflect, kConstant, kNearest, kMirror, kWrap };
inline constexpr std::string_view kBorderNames[] = {"reflect", "constant", "nearest", "mirror",
                                                    "wrap"};

// Where index `i` (any number) of an array of `count` values is found when it is continued beyond its
// ends; `count` where it is 0 (kConstant). reflect: d c b a | a b c d | d c b a; mirror: d c b | a b c
// d | c b a; as scipy.ndimage.
std::size_t border_index(Border border, std::ptrdiff_t i, std::size_t count) noexcept;

// The value there.
inline double border_value(std::span<const double> x, Border border, std::ptrdiff_t i) noexcept {
  const std::size_t at = border_index(border, i, x.size());
  return at == x.size() ? 0 : x[at];
}

}  // namespace acq
