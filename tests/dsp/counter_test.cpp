#include "dsp/math/counter.h"

#include <gtest/gtest.h>

#include <numbers>
#include <random>

#include "tests/support/measured.h"

namespace acq::test {
namespace {

// Trapezoid of period 1 whose 50 % points are at 0 (rising) and `duty` (falling).
double trapezoid(double x, double duty) {
  const double phase = x - std::floor(x + 0.05);
  if (phase < 0.05) return 10 * phase;
  return std::clamp(10 * (duty - phase), -0.5, 0.5);
}

TEST(Counter, TellsFrequencyDutyAndPhaseOfATrapezoid) {
  const auto y = sampled(1000, 0, 0.001, [](double x) { return trapezoid(12.5 * x - 0.2, 0.3); });
  const Measured c("counter", {}, y);
  EXPECT_EQ(c("edges"), 13);
  EXPECT_NEAR(c("frequency"), 12.5, 1e-5);  // float32 values
  EXPECT_NEAR(c("period"), 0.08, 1e-7);
  EXPECT_NEAR(c("duty"), 0.3, 1e-6);
  EXPECT_NEAR(c("phase"), -0.2 * 360, 1e-3);
  EXPECT_EQ(c.unit("frequency"), "Hz");
  EXPECT_LT(c["frequency"].uncertainty, 1e-5);
}

TEST(Counter, PhaseOfAReferenceIsThatOfTheLead) {
  const auto sine = [](double lead) {
    return sampled(500, 0, 0.001,
                   [=](double t) { return std::sin(2 * std::numbers::pi * (20.3 * t + lead)); });
  };
  const Signal in = records(Kind::kRecord, {{sine(0), sine(0.1), sine(-0.25)}});
  const Signal out = run("counter", {{"reference", "ch1"}, {"hysteresis", 0.1}}, in);
  const auto& r = out.pieces[0].results;
  EXPECT_NEAR(r[3].value, 0, 1e-9);
  EXPECT_NEAR(r[8].value, 36, 0.05);  // straight lines between samples of a sine
  EXPECT_NEAR(r[13].value, -90, 0.05);
}

TEST(Counter, HysteresisKeepsNoiseFromCounting) {
  std::vector<float> y = noise(2000, 3);
  for (std::size_t i = 0; i < y.size(); ++i) {
    y[i] = 0.2F * y[i] +
           static_cast<float>(std::sin(0.01 * std::numbers::pi * static_cast<double>(i)));
  }
  EXPECT_GT(Measured("counter", {{"level", 0.0}}, y)("edges"), 11);
  EXPECT_EQ(Measured("counter", {{"level", 0.0}, {"hysteresis", "300 mV"}}, y)("edges"), 10);
}

TEST(Counter, UncertaintyCoversTheErrorOfNoisyEdges) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::normal_distribution<double> jitter(0, 0.02);
  constexpr int kRuns = 1000;
  int outside = 0;
  for (int run = 0; run < kRuns; ++run) {
    // Edges of slope 1 between samples: noise of the two values beside each is noise of its time.
    std::vector<double> y;
    for (int edge = 0; edge < 20; ++edge) {
      const double late = jitter(random);
      y.insert(y.end(), {-1, -0.5 - late, 0.5 - late, 1});
    }
    const Counted c = count_edges({y, 0, 0.25}, {0.0, 0});
    outside += static_cast<int>(std::abs(c.period - 1) > 2 * c.period_sigma);
  }
  // Student's t of 18 degrees of freedom is beyond 2 in 6.08 %: 60.8 +- 7.6 of 1000; five sigma are
  // exceeded once in 1.7 million runs.
  EXPECT_NEAR(outside, 60.8, 38);
}

TEST(Counter, WithoutEdgesIsInvalid) {
  EXPECT_EQ(Measured("counter", {}, {1, 1, 1}).why_not("frequency"), "the record is constant");
  const Measured one("counter", {}, {0, 1, 1, 0});
  EXPECT_EQ(one.why_not("period"), "the record holds less than one period");
  EXPECT_EQ(one("edges"), 1);
}

TEST(Counter, RefusesAReferenceThatIsNotThere) {
  const Error error =
      refusal("counter", {{"reference", "x"}}, records(Kind::kRecord, {{{1}, {2}}}).info);
  EXPECT_EQ(error.where, "reference");
  EXPECT_EQ(error.allowed, "ch1, ch2");
}

}  // namespace
}  // namespace acq::test
