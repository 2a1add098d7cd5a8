#include "drivers/sim/channel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

namespace acq::sim {
namespace {

constexpr Rational kRate{1'000'000, 1};

std::shared_ptr<const NoiseTable> normal() {
  static const auto table = std::make_shared<const NoiseTable>(NoiseKind::kNormal, 1);
  return table;
}

// What a signal of a noise shape draws from.
std::shared_ptr<const NoiseTable> own(Shape shape, double mean_count) {
  if (shape == Shape::kUniform) return std::make_shared<NoiseTable>(NoiseKind::kUniform, 2);
  if (shape != Shape::kPoisson) return nullptr;
  return std::make_shared<NoiseTable>(NoiseKind::kPoisson, 3, mean_count);
}

Waveform wave_of(Shape shape, double frequency_hz) {
  Waveform wave;
  wave.shape = shape;
  wave.frequency_hz = frequency_hz;
  wave.to_hz = 10 * frequency_hz;
  wave.numbers = {0.5, -1, 0.25};
  return wave;
}

std::vector<float> rendered(const ChannelSignal& signal, std::uint64_t first, std::size_t count) {
  std::vector<float> out(count);
  signal.render(first, out);
  return out;
}

TEST(Phase, FindsThePeriodInSamples) {
  EXPECT_EQ(Phase(kRate, 1000, 0).period(), 1000U);
  EXPECT_EQ(Phase(kRate, 30000, 0).period(), 100U);   // three turns
  EXPECT_EQ(Phase(kRate, 1234.567, 0).period(), 0U);  // 10^9 samples
  EXPECT_EQ(Phase({44100, 1}, 50, 0).period(), 882U);
  EXPECT_EQ(Phase(kRate, 3e6, 0).period(), 1U);  // aliased to nothing
}

TEST(Phase, KeepsItsPlaceOverAnyRunLength) {
  const Phase exact(kRate, 1000, 0.25);
  EXPECT_EQ(exact.cycle(1'000'000'000'000'100), 0.35);
  // 2^64 fractions of a turn: 10^12 samples are off by less than 10^12 / 2^64 turns, and the ratio
  // of two doubles is right to 2^-53 of itself
  const Phase stepped(kRate, 1234.567, 0);
  const double error = stepped.cycle(1'000'000'000'000) - 0.0;  // 1234567000 whole turns
  EXPECT_LT(std::min(std::abs(error), std::abs(1 - error)), 2e-7);
}

// The three ways of rendering (copied period, rotation, sample by sample) are one function.
TEST(ChannelSignal, RendersTheClosedFormInEachOfItsWays) {
  for (const double frequency_hz : {1000.0, 1234.567, 30000.0, 70.00001}) {
    for (std::size_t s = 0; s < kShapeNames.size(); ++s) {
      const auto shape = static_cast<Shape>(s);
      if (is_noise(shape) || shape == Shape::kCounter) continue;
      const Waveform wave = wave_of(shape, frequency_hz);
      const Phase phase(kRate, frequency_hz, 0);
      const ChannelSignal signal(wave, kRate, 0, 0, 0, normal());
      const std::uint64_t first = 123'456'789;
      const std::vector<float> out = rendered(signal, first, 3000);
      for (std::size_t i = 0; i < out.size(); ++i) {
        ASSERT_NEAR(out[i], value_at(wave, phase.cycle(first + i)), 3e-7)
            << kShapeNames[s] << " at " << frequency_hz << " Hz, sample " << i;
      }
    }
  }
}

TEST(ChannelSignal, IsTheSameHoweverItIsCut) {
  std::mt19937 random(20240501);
  for (std::size_t s = 0; s < kShapeNames.size(); ++s) {
    for (const double frequency_hz : {1000.0, 1234.567}) {
      const auto shape = static_cast<Shape>(s);
      const ChannelSignal signal(wave_of(shape, frequency_hz), kRate, 1e-7, 0.1, 5, normal(),
                                 own(shape, 4));
      const std::vector<float> whole = rendered(signal, 99'000, 10'000);
      for (std::size_t at = 0; at < whole.size();) {
        const std::size_t count = std::min<std::size_t>(1 + random() % 1500, whole.size() - at);
        const std::vector<float> piece = rendered(signal, 99'000 + at, count);
        ASSERT_TRUE(
            std::equal(piece.begin(), piece.end(), whole.begin() + static_cast<std::ptrdiff_t>(at)))
            << kShapeNames[s];
        at += count;
      }
    }
  }
}

TEST(ChannelSignal, SkewIsADelayOfTheSamplingInstant) {
  const double delay_s = 3.7e-6;
  const ChannelSignal signal(wave_of(Shape::kSine, 1000), kRate, delay_s, 0, 0, normal());
  const std::vector<float> out = rendered(signal, 0, 2000);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double t = static_cast<double>(i) * 1e-6 + delay_s;
    ASSERT_NEAR(out[i], std::sin(2 * std::numbers::pi * 1000 * t), 2e-7);
  }
}

TEST(ChannelSignal, NoiseSignalsHaveTheirOffsetAndSpread) {
  for (const auto& [shape, variance] :
       {std::pair{Shape::kNormal, 4.0}, {Shape::kUniform, 4.0 / 3}, {Shape::kPoisson, 4.0 * 9}}) {
    Waveform wave = wave_of(shape, 1000);
    wave.amplitude = 2;
    wave.offset = 1;
    wave.mean_count = 9;
    const ChannelSignal signal(wave, kRate, 0, 0, 0, normal(), own(shape, 9));
    const std::vector<float> out = rendered(signal, 0, 1 << 18);
    double sum = 0, squares = 0;
    for (const float v : out) sum += double{v}, squares += double{v} * double{v};
    const double n = static_cast<double>(out.size());
    const double mean = sum / n;
    // Poisson counts of mean 9 are worth 2 each. Bounds: five standard errors, doubled.
    EXPECT_NEAR(mean, shape == Shape::kPoisson ? 19 : 1, 0.12);
    EXPECT_NEAR(squares / n - mean * mean, variance, 0.03 * variance);
  }
}

}  // namespace
}  // namespace acq::sim
