#include "dsp/math/fir_design.h"

#include <gtest/gtest.h>

#include <cmath>

namespace acq {
namespace {

TEST(FirDesign, IsScipysFirwin) {
  // scipy.signal.firwin 1.10.1: firwin(5, 0.2, fs=1), firwin(5, [0.1, 0.3], fs=1, pass_zero=False),
  // firwin(5, 0.2, fs=1, pass_zero=False), all with the default Hamming window.
  const std::vector<std::tuple<Band, std::vector<double>, std::vector<double>>> kCases = {
      {Band::kLow,
       {0.2},
       {0.010087266526214675, 0.22034079125542463, 0.5391438844367215, 0.22034079125542463,
        0.010087266526214675}},
      {Band::kPass,
       {0.1, 0.3},
       {-0.041661521367717926, 0.13277183969935946, 0.8505327327209455, 0.13277183969935946,
        -0.041661521367717926}},
      {Band::kHigh,
       {0.2},
       {-0.008206214448357908, -0.17925210760158283, 0.6579082136935501, -0.17925210760158283,
        -0.008206214448357908}},
      {Band::kStop,
       {0.1, 0.3},
       {0.03809650866348941, -0.12141043762490764, 1.1666278579228364, -0.12141043762490764,
        0.03809650866348941}},
  };
  for (const auto& [band, edges, expected] : kCases) {
    const auto taps = design_fir(band, edges, 5, "hamming");
    ASSERT_TRUE(taps);
    for (std::size_t k = 0; k < 5; ++k) EXPECT_NEAR((*taps)[k], expected[k], 1e-15) << k;
  }
}

TEST(FirDesign, TapsAreSymmetricToTheLastBit) {
  for (const std::size_t count : {33U, 64U, 129U}) {
    const auto taps = *design_fir(Band::kLow, std::vector{0.11}, count, "kaiser", std::vector{7.3});
    for (std::size_t k = 0; k < count; ++k) EXPECT_EQ(taps[k], taps[count - 1 - k]);
  }
}

TEST(FirDesign, GainIsOneInThePassBandAndHalfAtTheEdges) {
  // A long filter's edge is its -6 dB point; the ripple of a Blackman window is below 2e-4.
  const std::vector<double> edges = {0.1, 0.2};
  const auto pass = *design_fir(Band::kPass, edges, 301, "blackman");
  EXPECT_NEAR(fir_gain(pass, 0.15), 1, 1e-12);
  EXPECT_NEAR(fir_gain(pass, 0.1), 0.5, 1e-3);
  EXPECT_NEAR(fir_gain(pass, 0.2), 0.5, 1e-3);
  EXPECT_LT(fir_gain(pass, 0.0), 2e-4);
  EXPECT_LT(fir_gain(pass, 0.35), 2e-4);
  const auto stop = *design_fir(Band::kStop, edges, 301, "blackman");
  EXPECT_NEAR(fir_gain(stop, 0.0), 1, 1e-12);
  EXPECT_LT(fir_gain(stop, 0.15), 2e-4);
  EXPECT_NEAR(fir_gain(stop, 0.4), 1, 2e-4);
}

TEST(FirDesign, KaiserReachesTheAttenuationAskedFor) {
  for (const double attenuation : {30.0, 60.0, 100.0}) {
    const double width = 0.02;
    const KaiserDesign kaiser = kaiser_design(attenuation, width);
    EXPECT_EQ(std::fmod(kaiser.tap_count, 2), 1);
    const auto taps =
        *design_fir(Band::kLow, std::vector{0.2}, static_cast<std::size_t>(kaiser.tap_count),
                    "kaiser", std::vector{kaiser.beta});
    double worst = 0;
    for (double f = 0.2 + width / 2; f <= 0.5; f += 1e-4)
      worst = std::max(worst, fir_gain(taps, f));
    // Kaiser's formulas are empirical: within 1 dB.
    EXPECT_LT(20 * std::log10(worst), -attenuation + 1);
    EXPECT_GT(20 * std::log10(worst), -attenuation - 6);
  }
}

TEST(FirDesign, DelayIsHalfTheLengthOfSymmetricTapsAndTheMomentOfOthers) {
  EXPECT_EQ(fir_delay(std::vector{1.0, 2.0, 1.0}), 1.0);
  EXPECT_EQ(fir_delay(std::vector{1.0, -1.0}), 0.5);
  EXPECT_EQ(fir_delay(std::vector{0.0, 0.0, 1.0}), 2.0);
  EXPECT_EQ(fir_delay(std::vector{3.0, 1.0}), 0.25);
  EXPECT_EQ(fir_delay(std::vector{1.0, 2.0, -3.0}), 0.0);
  EXPECT_EQ(fir_delay(std::vector{1.0}), 0.0);
}

TEST(FirDesign, RefusesWhatCannotBe) {
  const auto where = [](Band band, std::vector<double> edges, std::size_t taps) {
    const auto made = design_fir(band, edges, taps, "hann");
    return made ? std::string("made") : made.error().where;
  };
  EXPECT_EQ(where(Band::kLow, {0.5}, 11), "cutoff");
  EXPECT_EQ(where(Band::kLow, {0.0}, 11), "cutoff");
  EXPECT_EQ(where(Band::kLow, {0.1, 0.2}, 11), "cutoff");
  EXPECT_EQ(where(Band::kPass, {0.2, 0.1}, 11), "cutoff");
  EXPECT_EQ(where(Band::kPass, {0.2}, 11), "cutoff");
  EXPECT_EQ(where(Band::kHigh, {0.2}, 10), "order");
  EXPECT_EQ(where(Band::kLow, {0.2}, 2), "order");  // both taps are at the zeros of a Hann window
  EXPECT_EQ(where(Band::kLow, {0.2}, 11), "made");
}

}  // namespace
}  // namespace acq
