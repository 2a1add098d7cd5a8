// What threads on different cores write must not share a line.
#pragma once

#include <cstddef>

namespace acq {

// Two lines of 64 bytes: processors fetch the adjacent one too.
inline constexpr std::size_t kCacheLine = 128;

}  // namespace acq
