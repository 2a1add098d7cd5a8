// Settings of Highway shared by all kernels; to be included before its headers. Each kernel file is
// compiled once for every instruction set below and the best one is chosen when the program runs.
// Results may differ in the last bit between machines with and without fused multiply-add.
#pragma once

// Kept: AVX-512, AVX2 with FMA, SSE4.1, and plain C++.
#define HWY_DISABLED_TARGETS HWY_SSSE3

#include <cstddef>
#include <cstdint>

namespace acq {

inline constexpr std::size_t kMostFloatLanes = 16;  // of any instruction set kept

// How many values there are from y on to the next cache line: vectors that are stored from there on meet one
// line each, which halves the time of what is bound by stores.
template <typename T>
std::size_t values_to_line(const T* y) noexcept {
  constexpr std::uintptr_t kLine = 64;
  return (kLine - reinterpret_cast<std::uintptr_t>(y) % kLine) % kLine / sizeof(T);
}

}  // namespace acq
