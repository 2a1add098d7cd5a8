// A short name for a content: not against anybody who wants two contents of the same name.
#pragma once

#include <cstdint>
#include <string_view>

namespace acq {

// FNV-1a, 64 bit.
constexpr std::uint64_t hash_of(std::string_view bytes,
                                std::uint64_t seed = 0xcbf29ce484222325U) noexcept {
  std::uint64_t hash = seed;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

}  // namespace acq
