// Power of two real segments at once, by a Fourier transform made for nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dsp/base/planes.h"

namespace acq {

// Adds |A[k]|^2 + |B[k]|^2 of windowed segments a and b to a running sum: z = a + i b is windowed
// while it is read, transformed with passes of radix 8 and 4, the last of 16, over separate real
// and imaginary parts, and squared while the last pass still has it in registers. The sum stays in
// the order in which the passes leave it (digits of the bin reversed); only who reads the sum sorts
// it. That leaves out a pass to window, one to sort and one to square, and needs no shuffles but in
// the last pass.
//
// Made on the control thread; add() is real-time safe, one thread.
class PairPower {
 public:
  static constexpr std::size_t kMinSize = 256;
  static constexpr std::size_t kMaxSize = 65536;
  // Powers of two between the two.
  static bool suits(std::size_t size) noexcept;

  PairPower() = default;
  // One value of the window for each sample of a segment; size() must suit.
  explicit PairPower(std::span<const float> window);

  [[nodiscard]] std::size_t size() const noexcept { return window_.size(); }

  // power[i] += |Z[k]|^2 where i = place_of(k), z = (a - mean_a) w + i (b - mean_b) w. power has
  // size() values, 64-byte aligned.
  void add(const float* a, float mean_a, const float* b, float mean_b, float* power) noexcept;

  // Where the power of a bin is, 0 <= bin < size().
  [[nodiscard]] std::size_t place_of(std::size_t bin) const noexcept { return places_[bin]; }

  // Two segments, the window, and what is subtracted first.
  struct Input {
    const float* a;
    const float* b;
    const float* window;
    float mean_a;
    float mean_b;
  };
  // One pass: blocks of `length` values are split into `radix` parts.
  struct Pass {
    std::size_t radix = 0;
    std::size_t length = 0;
    AlignedVector<float> twiddle_re;  // [part - 1][value of the part]
    AlignedVector<float> twiddle_im;
  };

 private:
  void plan_passes();
  void plan_places();

  AlignedVector<float> window_;
  std::vector<Pass> passes_;   // all but the last, which has radix 16 and no twiddles
  AlignedVector<float> work_;  // real, then imaginary parts
  std::vector<std::uint32_t> places_;
};

}  // namespace acq
