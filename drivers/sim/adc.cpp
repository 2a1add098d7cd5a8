#include "drivers/sim/adc.h"

#include <cmath>
#include <type_traits>

namespace acq::sim {
namespace {

bool is_unsigned(Dtype dtype) noexcept {
  return dtype == Dtype::kU8 || dtype == Dtype::kU16;
}

// Adding and taking away 1.5 * 2^(mantissa bits - 1) rounds to the nearest whole number, half to
// even, and unlike lrint() is vectorised.
template <typename Real>
constexpr Real kRounder = std::is_same_v<Real, float> ? Real{12582912} : Real{6755399441055744};

// `Real` must hold every code exactly: float up to 16 bits, double for more.
template <typename Real, typename Code>
Adc::Clipped quantise(std::span<const float> values, double step, double value_of_zero, int bits,
                      bool starts_at_zero, Code* out, std::size_t stride) noexcept {
  const auto low = static_cast<Real>(starts_at_zero ? 0 : -std::ldexp(1, bits - 1));
  const auto high = static_cast<Real>(std::ldexp(1, starts_at_zero ? bits : bits - 1) - 1);
  const auto factor = static_cast<Real>(1 / step);
  const auto shift = static_cast<Real>(-value_of_zero / step);
  int below = 0, above = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    Real code = static_cast<Real>(values[i]) * factor + shift;
    // Limited before rounding, as the rounder works on |code| < 2^(mantissa bits - 2) only.
    below |= code < low - Real{0.5} ? 1 : 0;
    above |= code > high + Real{0.5} ? 1 : 0;
    code = code < low ? low : code;
    code = code > high ? high : code;
    out[i * stride] =
        static_cast<Code>(static_cast<std::int32_t>(code + kRounder<Real> - kRounder<Real>));
  }
  return {below != 0, above != 0};
}

template <typename Code>
void fill_count(std::uint64_t first, std::uint32_t samples, Code* out,
                std::size_t stride) noexcept {
  for (std::uint32_t i = 0; i < samples; ++i) out[i * stride] = static_cast<Code>(first + i);
}

}  // namespace

Adc::Adc(Dtype dtype, int bits, double range) noexcept : dtype_(dtype), bits_(bits) {
  if (dtype == Dtype::kF32) return;
  if (bits_ == 0) bits_ = static_cast<int>(8 * size_of(dtype));
  step_ = std::ldexp(range, 1 - bits_);
  offset_ = is_unsigned(dtype) ? -range : 0;
}

Adc::Clipped Adc::convert(std::span<const float> values, std::byte* out,
                          std::size_t stride) const noexcept {
  const auto run = [&]<typename Real, typename Code>(Real, Code) {
    return quantise<Real>(values, step_, offset_, bits_, std::is_unsigned_v<Code>,
                          reinterpret_cast<Code*>(out), stride);
  };
  switch (dtype_) {
    case Dtype::kI8: return run(float{}, std::int8_t{});
    case Dtype::kU8: return run(float{}, std::uint8_t{});
    case Dtype::kI16: return run(float{}, std::int16_t{});
    case Dtype::kU16: return run(float{}, std::uint16_t{});
    case Dtype::kI32: return run(double{}, std::int32_t{});
    default: break;
  }
  auto* floats = reinterpret_cast<float*>(out);
  for (std::size_t i = 0; i < values.size(); ++i) floats[i * stride] = values[i];
  return {};
}

void Adc::count(std::uint64_t first, std::uint32_t samples, std::byte* out,
                std::size_t stride) const noexcept {
  switch (dtype_) {
    case Dtype::kI8:
    case Dtype::kU8:
      fill_count(first, samples, reinterpret_cast<std::uint8_t*>(out), stride);
      return;
    case Dtype::kI16:
    case Dtype::kU16:
      fill_count(first, samples, reinterpret_cast<std::uint16_t*>(out), stride);
      return;
    case Dtype::kI32:
      fill_count(first, samples, reinterpret_cast<std::uint32_t*>(out), stride);
      return;
    default: break;
  }
  constexpr std::uint64_t kExact = (std::uint64_t{1} << 24) - 1;  // whole numbers of a float32
  auto* floats = reinterpret_cast<float*>(out);
  for (std::uint32_t i = 0; i < samples; ++i)
    floats[i * stride] = static_cast<float>(static_cast<std::int32_t>((first + i) & kExact));
}

}  // namespace acq::sim
