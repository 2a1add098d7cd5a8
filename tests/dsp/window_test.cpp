#include "dsp/math/window.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

namespace acq {
namespace {

// Parameters for the windows that have no defaults.
std::vector<double> params_for(std::string_view name) {
  static const std::map<std::string_view, std::vector<double>> kGiven = {
      {"kaiser", {8.6}},          {"kaiser_bessel_derived", {4.0}},
      {"gaussian", {2.5}},        {"general_gaussian", {1.5, 2.5}},
      {"chebwin", {60}},          {"dpss", {0.9}},
      {"general_hamming", {0.6}}, {"general_cosine", {0.5, 0.3, 0.2}},
  };
  const auto found = kGiven.find(name);
  return found == kGiven.end() ? std::vector<double>{} : found->second;
}

TEST(Window, FirstHalfOfEightValuesIsThatOfScipy) {
  // scipy.signal.windows 1.10.1, symmetric, M = 8, first four values; see tests/validation for
  // more.
  const std::vector<std::tuple<std::string_view, std::vector<double>, std::vector<double>>> kCases =
      {{"hann", {}, {0.0, 0.1882550990706333, 0.6112604669781573, 0.9504844339512095}},
       {"flattop",
        {},
        {-0.0004210510000000013, -0.036840781154923445, 0.01070371671615349, 0.7808739149387699}},
       {"kaiser",
        {8.6},
        {0.0013325139979024198, 0.09113651292826536, 0.45964377459338085, 0.9204615832581574}},
       {"gaussian",
        {2.5},
        {0.37531109885139957, 0.6065306597126334, 0.835270211411272, 0.9801986733067554}},
       {"tukey", {0.3}, {0.0, 0.9944154131125642, 1.0, 1.0}},
       {"taylor",
        {5, 35},
        {0.20353160717951313, 0.459854217236098, 0.7668664718414835, 0.9715766187451843}},
       {"parzen", {}, {0.00390625, 0.10546875, 0.47265625, 0.91796875}},
       {"bohman", {}, {0.0, 0.07072474681109348, 0.43748401216760524, 0.9103685132461522}},
       {"exponential",
        {3},
        {0.3114032239145976, 0.4345982085070782, 0.6065306597126334, 0.846481724890614}},
       {"kaiser_bessel_derived",
        {4},
        {0.19027811085318355, 0.5435095823690057, 0.8394029627497563, 0.9817302279802448}},
       {"triang", {}, {0.125, 0.375, 0.625, 0.875}},
       {"lanczos", {}, {0.0, 0.34841056627902434, 0.7241014497826597, 0.9667663853085522}},
       {"barthann", {}, {0.0, 0.21164530386510988, 0.6017008120462566, 0.9280824555172049}}};
  for (const auto& [name, params, expected] : kCases) {
    const auto window = make_window(name, 8, Sampling::kSymmetric, params);
    ASSERT_TRUE(window) << name;
    for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR((*window)[i], expected[i], 1e-15) << name << i;
  }
}

TEST(Window, EveryWindowIsSymmetricAndPeriodicIsOneLongerLessTheLast) {
  for (const std::string_view name : kWindowNames) {
    const std::vector<double> params = params_for(name);
    for (const std::size_t count : {2U, 8U, 34U, 65U}) {
      if (name == "kaiser_bessel_derived" && count % 2 != 0) continue;
      const auto window = make_window(name, count, Sampling::kSymmetric, params);
      ASSERT_TRUE(window) << name;
      ASSERT_EQ(window->size(), count);
      for (std::size_t i = 0; i < count; ++i) {
        EXPECT_NEAR((*window)[i], (*window)[count - 1 - i], 1e-14) << name << " " << count;
      }
      if (name == "kaiser_bessel_derived") continue;
      const auto periodic = make_window(name, count - 1, Sampling::kPeriodic, params);
      ASSERT_TRUE(periodic) << name;
      ASSERT_EQ(periodic->size(), count - 1);
      if (count == 2) continue;  // a single value is always 1
      for (std::size_t i = 0; i + 1 < count; ++i) EXPECT_EQ((*periodic)[i], (*window)[i]) << name;
    }
  }
}

TEST(Window, OfOneValueIsOneAndOfNoneIsEmpty) {
  for (const std::string_view name : kWindowNames) {
    if (name == "kaiser_bessel_derived") continue;
    EXPECT_EQ(*make_window(name, 1, Sampling::kPeriodic, params_for(name)), std::vector{1.0});
    EXPECT_TRUE(make_window(name, 0, Sampling::kSymmetric, params_for(name))->empty());
  }
}

TEST(Window, NoiseBandwidthAndGainAreThoseOfTheCoefficients) {
  // Periodic cosine sums: gain a0, ENBW = 1 + sum(ak^2) / (2 a0^2); Harris 1978, section III.
  const auto hann = *make_window("hann", 1024, Sampling::kPeriodic);
  EXPECT_NEAR(coherent_gain(hann), 0.5, 1e-14);
  EXPECT_NEAR(enbw_bins(hann), 1.5, 1e-13);
  const auto hamming = *make_window("hamming", 1024, Sampling::kPeriodic);
  EXPECT_NEAR(enbw_bins(hamming), 1 + 0.46 * 0.46 / (2 * 0.54 * 0.54), 1e-13);
  EXPECT_DOUBLE_EQ(enbw_bins(*make_window("boxcar", 7, Sampling::kPeriodic)), 1.0);
  EXPECT_EQ(coherent_gain({}), 0.0);
}

TEST(Window, RefusesWhatItDoesNotKnowAndSaysWhatIsAllowed) {
  const auto unknown = make_window("hanning", 8, Sampling::kSymmetric);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Code::kInvalid);
  EXPECT_EQ(unknown.error().where, "window");
  EXPECT_NE(unknown.error().allowed.find("hann,"), std::string::npos);
  const auto missing = make_window("kaiser", 8, Sampling::kSymmetric);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().where, "window_params");
  EXPECT_EQ(missing.error().allowed, "beta (0 to 700)");
  EXPECT_FALSE(make_window("kaiser", 8, Sampling::kSymmetric, std::vector{-1.0}));
  EXPECT_FALSE(make_window("kaiser", 8, Sampling::kSymmetric, std::vector{std::nan("")}));
  EXPECT_FALSE(make_window("hann", 8, Sampling::kSymmetric, std::vector{1.0}));
  EXPECT_FALSE(make_window("taylor", 8, Sampling::kSymmetric, std::vector{3.5}));
  EXPECT_FALSE(make_window("exponential", 8, Sampling::kSymmetric, std::vector{1.0, 2.0}));
  EXPECT_TRUE(make_window("exponential", 8, Sampling::kPeriodic, std::vector{1.0, 2.0}));
  EXPECT_FALSE(make_window("kaiser_bessel_derived", 7, Sampling::kSymmetric, std::vector{1.0}));
}

}  // namespace
}  // namespace acq
