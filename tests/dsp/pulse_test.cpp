#include "dsp/math/pulse.h"

#include <gtest/gtest.h>

#include <numbers>
#include <random>

#include "tests/support/measured.h"

namespace acq::test {
namespace {

// 0 to 1 in `rise`, from x = 1; down again in `fall` from x = 3.
double trapezoid(double x, double rise, double fall) {
  return std::clamp(std::min((x - 1) / rise, 1 - (x - 3) / fall), 0.0, 1.0);
}

TEST(Pulse, OfATrapezoidIsItsClosedForm) {
  for (const double sign : {1.0, -1.0}) {
    const auto y =
        sampled(5001, 0, 0.001, [=](double x) { return 2 + sign * 3 * trapezoid(x, 0.2, 0.5); });
    for (const auto& [low, high] : {std::pair(10.0, 90.0), std::pair(20.0, 80.0)}) {
      const Measured p("pulse", {{"low_reference", low}, {"high_reference", high}}, y);
      const double part = (high - low) / 100;
      EXPECT_EQ(p("polarity"), sign);
      EXPECT_NEAR(p("amplitude"), 3,
                  4e-3);  // a twentieth of each transition counts to its states
      EXPECT_NEAR(p("base"), 2, 2e-3);
      EXPECT_NEAR(p("top"), 2 + sign * 3, 2e-3);
      EXPECT_NEAR(p("x50"), 1.1, 1e-3);
      EXPECT_NEAR(p("foot"), 1, 1e-3);
      EXPECT_NEAR(p("transition"), part * 0.2, 1e-3);
      EXPECT_NEAR(p("second_transition"), part * 0.5, 1e-3);
      EXPECT_NEAR(p("width"), 3.25 - 1.1, 1e-3);
      EXPECT_EQ(p("transitions"), 2);
    }
  }
}

TEST(Pulse, LevelsAreExactWhereTheStatesAre) {
  const std::vector<float> y = {0, 0, 0, 0, 1, 2, 3, 4, 4, 4, 4, 4, 3, 1, 0, 0, 0};
  const Measured p("pulse", {}, y);
  EXPECT_DOUBLE_EQ(p("low"), 0);
  EXPECT_DOUBLE_EQ(p("high"), 4);
  EXPECT_DOUBLE_EQ(p("x50"), 0.005);
  EXPECT_NEAR(p("transition"), 0.0032, 1e-12);
  EXPECT_NEAR(p("foot"), 0.003, 1e-12);
  EXPECT_NEAR(p("width"), 0.0075, 1e-12);
  EXPECT_DOUBLE_EQ(p("overshoot"), 0);
  const Measured mode("pulse", {{"levels", "mode"}}, y);
  EXPECT_DOUBLE_EQ(mode("low"), 0.5 * 4 / 128);
  EXPECT_TRUE(std::isnan(mode["low"].uncertainty));
}

TEST(Pulse, TellsOvershootAndPreshootOfASecondOrderStep) {
  // Damping 0.5: the overshoot is exp(-pi 0.5 / sqrt(1 - 0.25)).
  const auto y = sampled(20000, -1, 0.005, [](double t) {
    if (t < 0) return t > -0.1 ? -0.05 : 0.0;
    const double wd = std::sqrt(0.75);
    return 1 - std::exp(-0.5 * t) * (std::cos(wd * t) + 0.5 / wd * std::sin(wd * t));
  });
  const Measured p("pulse", {}, y, 200, -1);
  EXPECT_NEAR(p("overshoot"), 100 * std::exp(-std::numbers::pi * 0.5 / std::sqrt(0.75)), 0.1);
  EXPECT_NEAR(p("preshoot"), 5, 0.3);  // the base counts what is within 5 % of the range
  EXPECT_EQ(p.why_not("width"), "there is no second transition");
  EXPECT_EQ(p("transitions"), 1);
}

TEST(Pulse, NoiseMakesNoTransitionsAndLevelsCoverTheirErrors) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise_of(0, 0.02);
  constexpr int kRuns = 300;
  double squares = 0;
  for (int run = 0; run < kRuns; ++run) {
    std::vector<double> y(600);
    for (std::size_t i = 0; i < y.size(); ++i)
      y[i] = (i >= 200 && i < 400 ? 1.0 : 0.0) + noise_of(random);
    const PulseParameters p = pulse_of({y, 0, 1}, {});
    ASSERT_STREQ(p.invalid_because, "");
    ASSERT_EQ(p.transitions, 2U);
    ASSERT_NEAR(p.width(), 200, 1);
    squares += std::pow((p.levels.high - 1) / p.levels.high_sigma, 2);
  }
  // The mean of 300 squared scores around 1 has sigma 0.082.
  EXPECT_NEAR(squares / kRuns, 1, 5.5 * std::sqrt(2.0 / kRuns));
}

// Two-sided, at 5.5 sigma of what is observed: a false alarm in 25 million runs.
TEST(Pulse, TheSigmaOfALevelIsWhatItScattersByWhateverTheReachLeavesOut) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  constexpr int kRuns = 800;
  for (const double noise : {0.005, 0.02, 0.03}) {  // reach: 5 % of the range, 10 to 2 deviations
    std::normal_distribution<double> noise_of(0, noise);
    double squares = 0;
    std::vector<double> y(600);
    for (int run = 0; run < kRuns; ++run) {
      for (std::size_t i = 0; i < y.size(); ++i) y[i] = (i < 300 ? 0.0 : 1.0) + noise_of(random);
      const StateLevels levels = state_levels(y, StateLevelRule::kMean);
      squares += std::pow((levels.high - 1) / levels.high_sigma, 2);
    }
    EXPECT_NEAR(squares / kRuns, 1, 5.5 * std::sqrt(2.0 / kRuns)) << noise;
  }
}

TEST(Pulse, WithoutATransitionIsInvalidNotANumber) {
  EXPECT_EQ(Measured("pulse", {}, {1, 1, 1, 1}).why_not("low"), "the record is constant");
  EXPECT_EQ(Measured("pulse", {}, {1, 2, 3}).why_not("x50"), "the record is shorter than 4 values");
  EXPECT_EQ(Measured("pulse", {}, {1, NAN, 3, 4}).why_not("x50"), "a value is not finite");
  EXPECT_EQ(Measured("pulse", {}, {5, 5, 5, 5, 4.5F, 4}).why_not("width"),
            "there is no second transition");
}

TEST(Pulse, RefusesIllegalReferences) {
  const SignalInfo in = records(Kind::kRecord, {{{0, 1, 0, 1}}}).info;
  EXPECT_EQ(refusal("pulse", {{"low_reference", 50.0}}, in).where, "pulse.low_reference");
  EXPECT_EQ(refusal("pulse", {{"high_reference", "100 %"}}, in).where, "pulse.high_reference");
  EXPECT_EQ(refusal("pulse", {{"levels", "median"}}, in).allowed, "mean, mode");
}

}  // namespace
}  // namespace acq::test
