// The converter of a simulated instrument: values to the device's own numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dsp/base/stream_info.h"

namespace acq::sim {

// Ideal quantiser: mid-tread, rounding to nearest, saturating at both ends of -range .. +range.
// Unsigned types are offset binary. kF32 passes values as they are, without limits.
class Adc {
 public:
  // `bits` of 0 means all bits of the type.
  Adc(Dtype dtype, int bits, double range) noexcept;

  struct Clipped {
    bool low = false;
    bool high = false;
  };
  // Converts values to out[0], out[stride], out[2 * stride] ...; stride in samples.
  Clipped convert(std::span<const float> values, std::byte* out, std::size_t stride) const noexcept;
  // The number of the sample itself, modulo 2^(bits of the type) and 2^24 for kF32.
  void count(std::uint64_t first, std::uint32_t samples, std::byte* out,
             std::size_t stride) const noexcept;

  [[nodiscard]] double step() const noexcept { return step_; }      // value of one bit
  [[nodiscard]] double offset() const noexcept { return offset_; }  // value of code 0
  [[nodiscard]] int bits() const noexcept { return bits_; }

 private:
  Dtype dtype_;
  int bits_;
  double step_ = 1;
  double offset_ = 0;
};

}  // namespace acq::sim
