#include <gtest/gtest.h>

#include "tests/support/measured.h"

namespace acq::test {
namespace {

// First-order low-pass of 10 Hz, with 1 Hz a value: |H|^2 = 1 / (1 + (f / 10)^2).
double low_pass(double f) {
  return 1 / (1 + f * f / 100);
}

TEST(Bandwidth, OfALowPassIsItsCutOffOnEveryScale) {
  const double exact = 10 * std::sqrt(std::pow(10, 0.3) - 1);  // of 3 dB, not of half the power
  const auto power = sampled(4001, 0, 0.01, low_pass);
  const auto db = sampled(4001, 0, 0.01, [](double f) { return 10 * std::log10(low_pass(f)); });
  const auto amplitude = sampled(4001, 0, 0.01, [](double f) { return std::sqrt(low_pass(f)); });
  const std::pair<const char*, const std::vector<float>*> inputs[] = {
      {"power", &power}, {"db", &db}, {"amplitude", &amplitude}};
  for (const auto& [scale, values] : inputs) {
    const Measured b("bandwidth", {{"scale", scale}}, *values, 100);
    EXPECT_NEAR(b("bandwidth"), exact, 1e-5) << scale;  // float32 values
    EXPECT_EQ(b("low"), 0);
    EXPECT_EQ(b("peak_x"), 0);
  }
}

TEST(Bandwidth, OfABandPassLiesBetweenTheCrossingsNearestToTheMaximum) {
  //                             0   1    2   3  4   5    6   7    8
  const std::vector<float> db = {-9, -1, -8, -4, 0, -2, -10, -2, -10};
  const Measured b("bandwidth", {}, db, 1);
  EXPECT_DOUBLE_EQ(b("low"), 3.25);
  EXPECT_DOUBLE_EQ(b("high"), 5.125);
  EXPECT_DOUBLE_EQ(b("bandwidth"), 1.875);
  EXPECT_DOUBLE_EQ(b("peak_x"), 4);
}

TEST(Bandwidth, OfAHighPassEndsWithTheAxis) {
  const Measured b("bandwidth", {{"drop", "2 dB"}}, {-8, -4, 0, -1}, 1);
  EXPECT_DOUBLE_EQ(b("low"), 1.5);
  EXPECT_DOUBLE_EQ(b("high"), 3);
}

TEST(Bandwidth, OfAFlatResponseIsInvalid) {
  const Measured b("bandwidth", {}, {1, 1, 1});
  EXPECT_EQ(b.why_not("bandwidth"), "the response does not fall so far");
  EXPECT_EQ(b.why_not("peak_x"), "");
}

TEST(Bandwidth, RefusesADropThatIsNone) {
  const Error error =
      refusal("bandwidth", {{"drop", 0.0}}, records(Kind::kSpectrum, {{{1, 2}}}).info);
  EXPECT_EQ(error.where, "bandwidth.drop");
  EXPECT_FALSE(error.allowed.empty());
}

}  // namespace
}  // namespace acq::test
