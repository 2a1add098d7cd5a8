#include "drivers/sim/noise.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace acq::sim {
namespace {

constexpr std::size_t kNumbers = std::size_t{1} << 18;
constexpr std::uint64_t kPiece = 256;

// Uniform in (0, 1), never an end.
double unit_from(std::uint64_t bits) noexcept {
  return (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52;
}

// Pairs by Box and Muller.
void draw_normal(std::uint64_t seed, std::vector<float>& out) {
  double sum = 0, squares = 0;
  std::vector<double> drawn(out.size());
  for (std::size_t i = 0; i < drawn.size(); i += 2) {
    const double radius = std::sqrt(-2 * std::log(unit_from(mix(seed + i))));
    const double angle = 2 * std::numbers::pi * unit_from(mix(seed + i + 1));
    drawn[i] = radius * std::cos(angle);
    drawn[i + 1] = radius * std::sin(angle);
  }
  for (const double x : drawn) sum += x, squares += x * x;
  const double n = static_cast<double>(drawn.size());
  const double mean = sum / n;
  const double factor = 1 / std::sqrt(squares / n - mean * mean);
  for (std::size_t i = 0; i < drawn.size(); ++i)
    out[i] = static_cast<float>((drawn[i] - mean) * factor);
}

// One number from each of as many equal steps, in a random order.
void draw_uniform(std::uint64_t seed, std::vector<float>& out) {
  const double n = static_cast<double>(out.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<float>((2 * static_cast<double>(i) + 1) / n - 1);
  for (std::size_t i = out.size(); i-- > 1;) std::swap(out[i], out[mix(seed + i) % (i + 1)]);
}

// By inversion: the distribution function is walked once along the sorted uniform numbers.
void draw_poisson(std::uint64_t seed, double mean_count, std::vector<float>& out) {
  const double n = static_cast<double>(out.size());
  double count = 0;
  double reached = std::exp(-mean_count);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double level = (static_cast<double>(i) + 0.5) / n;
    while (reached < level && count < 10 * mean_count + 100) {
      count += 1;
      reached += std::exp(count * std::log(mean_count) - mean_count - std::lgamma(count + 1));
    }
    out[i] = static_cast<float>(count);
  }
  for (std::size_t i = out.size(); i-- > 1;) std::swap(out[i], out[mix(seed + i) % (i + 1)]);
}

}  // namespace

std::uint64_t mix(std::uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

NoiseTable::NoiseTable(NoiseKind kind, std::uint64_t seed, double mean_count)
    : kind_(kind), seed_(mix(seed)), numbers_(kNumbers) {
  switch (kind) {
    case NoiseKind::kNormal: draw_normal(seed_, numbers_); break;
    case NoiseKind::kUniform: draw_uniform(seed_, numbers_); break;
    case NoiseKind::kPoisson: draw_poisson(seed_, mean_count, numbers_); break;
  }
}

void NoiseTable::add(std::uint64_t stream, std::uint64_t first, float factor, float* out,
                     std::uint32_t count) const noexcept {
  const std::uint64_t key = mix(seed_ ^ mix(stream + 1));
  while (count > 0) {
    const std::uint64_t inside = first % kPiece;
    const auto run = static_cast<std::uint32_t>(std::min<std::uint64_t>(kPiece - inside, count));
    const std::uint64_t draw = mix(key ^ (first / kPiece));
    const float* numbers = numbers_.data() + draw % (kNumbers - kPiece) + inside;
    const bool flips = kind_ != NoiseKind::kPoisson && (draw >> 63) != 0;
    const float signed_factor = flips ? -factor : factor;
    for (std::uint32_t i = 0; i < run; ++i) out[i] += signed_factor * numbers[i];
    out += run;
    first += run;
    count -= run;
  }
}

}  // namespace acq::sim
