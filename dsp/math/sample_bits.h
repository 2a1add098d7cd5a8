// A bit for each of many samples, and states that follow 64 of them at once: most samples change nothing, and
// words of them say so without looking at each.
#pragma once

#include <cstddef>
#include <cstdint>

namespace acq {

struct SideLevels {
  float below = 0;
  float above = 0;
  float from = 0;
  float to = 0;
};

// Of 64 samples, those below, above, at or above, at or below the level of that name. NaN is on no side.
struct SideBits {
  std::uint64_t below = 0;
  std::uint64_t above = 0;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};

inline constexpr std::size_t kWordSamples = 64;
inline constexpr std::size_t kSideWords = 8;  // that side_bits() makes at most

// Word w is of samples 64 w and on of x[0 .. count), or of -x when mirrored; what the last word has beyond
// the end is on no side. `count` is up to kSideWords words. Vectorised for the machine at hand. Real-time safe.
void side_bits(const float* x, std::size_t count, const SideLevels& levels, bool is_mirrored,
               SideBits* bits) noexcept;

// A state, on or off, beside 64 samples: bit i of `before` is what it is when sample i comes.
struct LatchWord {
  std::uint64_t before = 0;
  bool after = false;

  [[nodiscard]] bool is_on_at(std::size_t sample) const noexcept {
    return sample == kWordSamples ? after : (before >> sample & 1) != 0;
  }
};

// A sample of `sets` turns it on, another that is not in `keeps` turns it off. That is how a carry goes through
// a sum: made where both bits are 1, passed on where one is.
inline LatchWord latch(std::uint64_t sets, std::uint64_t keeps, bool is_on) noexcept {
  const std::uint64_t either = sets | keeps;
  const std::uint64_t sum = either + sets;
  const std::uint64_t with_carry = sum + (is_on ? 1 : 0);
  return {with_carry ^ either ^ sets, sum < sets || with_carry < sum};
}

}  // namespace acq
