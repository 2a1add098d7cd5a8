// Random numbers as a pure function of seed, stream and sample number, made for speed.
#pragma once

#include <cstdint>
#include <vector>

namespace acq::sim {

// One step of splitmix64 (G. Steele, D. Lea, C. Flood, Fast splittable pseudorandom number
// generators, OOPSLA 2014): turns any number into a well mixed one.
std::uint64_t mix(std::uint64_t x) noexcept;

enum class NoiseKind : std::uint8_t { kNormal, kUniform, kPoisson };

// Promise: sample n of a stream is always the same number, in whatever pieces it is asked for.
//
// How: 2^18 numbers are drawn once. The time axis is cut into pieces of 256 samples; each takes its
// numbers from a place, and for symmetric kinds with a sign, drawn from (seed, stream, piece).
// So nothing repeats, and an averaged spectrum is flat to about 3 %. The table has exactly the
// mean and variance asked for.
class NoiseTable {
 public:
  // kNormal: mean 0, sigma 1. kUniform: in (-1, 1). kPoisson: counts of mean `mean_count`.
  NoiseTable(NoiseKind kind, std::uint64_t seed, double mean_count = 0);

  // out[i] += factor * noise(stream, first + i).
  void add(std::uint64_t stream, std::uint64_t first, float factor, float* out,
           std::uint32_t count) const noexcept;

 private:
  NoiseKind kind_;
  std::uint64_t seed_;
  std::vector<float> numbers_;
};

}  // namespace acq::sim
