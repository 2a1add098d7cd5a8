#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

Signal flat(std::size_t bins, float density) {
  Signal in = records(Kind::kSpectrum, {{std::vector<float>(bins, density)}}, 48000, "V2/Hz");
  in.info.axis.step = 1;
  return in;
}

TEST(OctaveBands, OfAFlatDensityGrowWithTheirWidth) {
  const Signal out = run("octave_bands", {{"fraction", 1.0}}, flat(24001, 0.5F));
  const std::vector<double>& centres = out.info.axis.values;
  ASSERT_EQ(out.info.axis.rule, AxisRule::kList);
  EXPECT_NEAR(centres.front(), 1000 * std::pow(10, -1.5), 1e-9);  // nominal 31.5 Hz
  EXPECT_NEAR(centres.back(), 1000 * std::pow(10, 0.9), 1e-9);    // nominal 8 kHz
  for (std::size_t i = 0; i < centres.size(); ++i) {
    const double width = centres[i] * (std::pow(10, 0.15) - std::pow(10, -0.15));
    EXPECT_NEAR(out.pieces[0].samples[0][i], 0.5 * width, 1e-6 * width);
  }
  EXPECT_EQ(out.info.channels[0].unit, "V2");
}

TEST(OctaveBands, ThirdsAddUpToTheOctave) {
  const auto thirds = run("octave_bands", {{"fraction", 3.0}, {"output", "rms"}}, flat(24001, 2));
  const auto whole = run("octave_bands", {{"fraction", 1.0}, {"output", "rms"}}, flat(24001, 2));
  const auto& centres = thirds.info.axis.values;
  const auto kilo = std::find_if(centres.begin(), centres.end(),
                                 [](double f) { return std::abs(f - 1000) < 1e-6; });
  ASSERT_NE(kilo, centres.end());
  double power = 0;
  for (std::ptrdiff_t k = -1; k <= 1; ++k) {
    const float rms =
        thirds.pieces[0].samples[0].at(static_cast<std::size_t>(kilo - centres.begin() + k));
    power += static_cast<double>(rms) * static_cast<double>(rms);
  }
  const auto& octaves = whole.info.axis.values;
  const auto at = std::find_if(octaves.begin(), octaves.end(),
                               [](double f) { return std::abs(f - 1000) < 1e-6; });
  EXPECT_NEAR(std::sqrt(power),
              whole.pieces[0].samples[0].at(static_cast<std::size_t>(at - octaves.begin())), 1e-4);
  EXPECT_EQ(thirds.info.channels[0].unit, "V");
}

TEST(OctaveBands, RefuseBandsNarrowerThanABin) {
  Signal in = flat(100, 1);
  in.info.axis.step = 200;
  const Error error = refusal("octave_bands", {}, in.info);
  EXPECT_EQ(error.where, "lowest");
  EXPECT_FALSE(error.allowed.empty());
}

}  // namespace
}  // namespace acq::test
