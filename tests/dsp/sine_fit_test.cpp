#include "dsp/math/sine_fit.h"

#include <gtest/gtest.h>

#include <numbers>
#include <random>

#include "tests/support/measured.h"

namespace acq::test {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;

TEST(SineFit, FindsASineWithAndWithoutItsFrequency) {
  const auto y = sampled(777, 0.25, 0.001,
                         [](double t) { return 0.5 + 2 * std::cos(kTurn * 51.234 * t + 1); });
  for (const Table& params : {Table{}, Table{{"frequency", "51.234 Hz"}}}) {
    const Measured fit("sine_fit", params, y, 1000, 0.25);
    EXPECT_NEAR(fit("frequency"), 51.234, 1e-6);  // float32 values
    EXPECT_NEAR(fit("amplitude"), 2, 1e-7);
    EXPECT_NEAR(fit("phase"), 180 / std::numbers::pi, 1e-4);
    EXPECT_NEAR(fit("offset"), 0.5, 1e-7);
    EXPECT_LT(fit("residual_rms"), 1e-7);
  }
}

TEST(SineFit, FindsEveryFrequencyFromOnePeriodToHalfTheRate) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  constexpr std::size_t kCount = 128;
  auto start = SineStart::make(kCount);
  ASSERT_TRUE(start);
  std::vector<double> y(kCount);
  for (int run = 0; run < 500; ++run) {
    const double bins = std::uniform_real_distribution<double>(1.2, 62.8)(random);
    const double phase = std::uniform_real_distribution<double>(0, kTurn)(random);
    for (std::size_t i = 0; i < kCount; ++i) {
      y[i] = 7 + 3 * std::cos(kTurn * bins * static_cast<double>(i) / kCount + phase);
    }
    const Trace record{y, 0, 1};
    const SineFit fit = fit_sine4(record, start->find(record));
    ASSERT_TRUE(fit.is_valid()) << fit.invalid_because << " at " << bins << " bins";
    ASSERT_NEAR(fit.frequency * kCount, bins, 1e-6);
    ASSERT_NEAR(fit.amplitude, 3, 1e-6);
  }
}

// Variance of each parameter of many fits of a sine in noise against the bound of Cramer and Rao, and
// the published uncertainty against the error.
TEST(SineFit, MeetsTheBoundOfCramerAndRaoAndSaysSo) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  constexpr std::size_t kCount = 200;
  constexpr double kNoise = 0.1, kAmplitude = 1, kFrequency = 0.0437;
  std::normal_distribution<double> noise_of(0, kNoise);
  constexpr int kRuns = 500;
  double frequency_squares = 0, scores[4] = {};
  std::vector<double> y(kCount);
  for (int run = 0; run < kRuns; ++run) {
    for (std::size_t i = 0; i < kCount; ++i) {
      y[i] = kAmplitude * std::cos(kTurn * kFrequency * static_cast<double>(i) + 0.6) +
             noise_of(random);
    }
    const SineFit fit = fit_sine4({y, 0, 1}, kFrequency);
    ASSERT_TRUE(fit.is_valid()) << fit.invalid_because;
    const double errors[] = {fit.frequency - kFrequency, fit.amplitude - kAmplitude,
                             fit.phase_deg - 0.6 * 180 / std::numbers::pi, fit.offset};
    const double sigmas[] = {fit.frequency_sigma, fit.amplitude_sigma, fit.phase_sigma_deg,
                             fit.offset_sigma};
    frequency_squares += errors[0] * errors[0];
    for (int k = 0; k < 4; ++k) scores[k] += std::pow(errors[k] / sigmas[k], 2);
  }
  constexpr double n = kCount;
  // Rife and Boorstyn (1974): var(w) >= 12 sigma^2 / (A^2 / 2 * 2 n (n^2 - 1)) for a real sine.
  const double bound =
      24 * kNoise * kNoise / (kAmplitude * kAmplitude * n * (n * n - 1) * kTurn * kTurn);
  // A variance of 500 has sigma sqrt(2 / 500) = 0.063: five of them, once in 300 thousand runs for all
  // five.
  EXPECT_NEAR(frequency_squares / kRuns / bound, 1, 5 * 0.065);
  for (const double sum : scores) EXPECT_NEAR(sum / kRuns, 1, 5 * 0.065);
}

TEST(SineFit, OfNoSineIsInvalidNotANumber) {
  EXPECT_EQ(Measured("sine_fit", {}, {1, 1, 1, 1, 1, 1}).why_not("frequency"),
            "the record is constant");
  EXPECT_EQ(Measured("sine_fit", {}, {1, 2, 1}).why_not("amplitude"),
            "the record is shorter than the fit needs");
  const auto part = sampled(100, 0, 0.001, [](double t) { return std::sin(kTurn * 3 * t); });
  EXPECT_NE(Measured("sine_fit", {}, part).why_not("frequency"), "");
}

TEST(SineFit, RefusesAFrequencyItCannotSee) {
  const SignalInfo in = records(Kind::kRecord, {{{0, 1, 0, 1}}}).info;
  for (const double frequency : {0.0, 500.0, 1e9}) {
    const Error error = refusal("sine_fit", {{"frequency", frequency}}, in);
    EXPECT_EQ(error.where, "frequency");
    EXPECT_EQ(error.allowed, "above 0, below 500 Hz");
  }
  EXPECT_EQ(refusal("sine_fit", {{"frequency", "1 V"}}, in).where, "frequency");
}

}  // namespace
}  // namespace acq::test
