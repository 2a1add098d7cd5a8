// The figures of acqctl report.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "clients/tools/acqctl/quantiles.h"
#include "clients/tools/acqctl/spectral_peaks.h"

namespace acq::tool {
namespace {

TEST(Quantiles, GiveTheNearestRank) {
  Quantiles quantiles;
  EXPECT_TRUE(std::isnan(quantiles.at(0.5)));
  for (int i = 100; i >= 1; --i) quantiles.add(i);
  EXPECT_EQ(quantiles.at(0.5), 50);
  EXPECT_EQ(quantiles.at(0.99), 99);
  EXPECT_EQ(quantiles.at(0), 1);
  EXPECT_EQ(quantiles.at(1), 100);
  EXPECT_EQ(quantiles.count(), 100U);
}

TEST(Quantiles, StayCloseWithMoreNumbersThanTheyKeep) {
  Quantiles quantiles;
  constexpr int kCount = 3'000'000;
  for (int i = 0; i < kCount; ++i) quantiles.add(i);
  EXPECT_EQ(quantiles.count(), static_cast<std::uint64_t>(kCount));
  EXPECT_NEAR(quantiles.at(0.5), 0.5 * kCount, 1e-4 * kCount);
  EXPECT_NEAR(quantiles.at(0.99), 0.99 * kCount, 1e-4 * kCount);
}

TEST(SpectralPeaks, AreTheHighestLocalMaximaInOrder) {
  const std::vector<double> spectrum = {9, 1, 5, 1, 7, 1, 3, 1, 6, 1, 8};
  const auto peaks = largest_peaks(spectrum, 3);
  ASSERT_EQ(peaks.size(), 3U);
  EXPECT_DOUBLE_EQ(peaks[0].position, 4);
  EXPECT_DOUBLE_EQ(peaks[1].position, 8);
  EXPECT_DOUBLE_EQ(peaks[2].position, 2);
}

TEST(SpectralPeaks, LieBetweenBinsWhereAGaussianHasItsTop) {
  // The logarithm of a Gaussian is a parabola: position and height come out exactly.
  std::vector<double> spectrum(64);
  for (std::size_t i = 0; i < spectrum.size(); ++i) {
    const double d = static_cast<double>(i) - 20.3;
    spectrum[i] = 5 * std::exp(-0.2 * d * d);
  }
  const auto peaks = largest_peaks(spectrum, 1);
  ASSERT_EQ(peaks.size(), 1U);
  EXPECT_NEAR(peaks[0].position, 20.3, 1e-9);
  EXPECT_NEAR(peaks[0].height, 5, 1e-9);
}

TEST(SpectralPeaks, AreFoundInDecibelsAndBesideZeros) {
  EXPECT_DOUBLE_EQ(largest_peaks(std::vector<double>{-90, -20, -80}, 3).at(0).height, -20);
  EXPECT_DOUBLE_EQ(largest_peaks(std::vector<double>{0, 4, 0}, 3).at(0).height, 4);
  EXPECT_TRUE(largest_peaks(std::vector<double>{1, 2}, 3).empty());
  EXPECT_TRUE(largest_peaks({}, 3).empty());
}

}  // namespace
}  // namespace acq::tool
