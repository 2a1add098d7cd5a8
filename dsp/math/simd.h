// Settings of Highway shared by all kernels; to be included before its headers. Each kernel file is
// compiled once for every instruction set below and the best one is chosen when the program runs.
// Results may differ in the last bit between machines with and without fused multiply-add.
#pragma once

// Kept: AVX-512, AVX2 with FMA, SSE4.1, and plain C++.
#define HWY_DISABLED_TARGETS HWY_SSSE3

#include <cstddef>

namespace acq {

inline constexpr std::size_t kMostFloatLanes = 16;  // of any instruction set kept

}  // namespace acq
