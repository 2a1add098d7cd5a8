#include "drivers/sim/noise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace acq::sim {
namespace {

constexpr std::uint32_t kMany = 1 << 20;

std::vector<float> drawn(const NoiseTable& table, std::uint64_t stream, std::uint64_t first = 0,
                         std::uint32_t count = kMany) {
  std::vector<float> out(count);
  table.add(stream, first, 1, out.data(), count);
  return out;
}

double mean_product(const std::vector<float>& a, const std::vector<float>& b, std::size_t lag) {
  double sum = 0;
  for (std::size_t i = 0; i + lag < a.size(); ++i) sum += double{a[i]} * double{b[i + lag]};
  return sum / static_cast<double>(a.size() - lag);
}

struct Moments {
  double mean = 0, variance = 0, kurtosis = 0;
};
Moments moments(const std::vector<float>& x) {
  Moments m;
  for (const float v : x) m.mean += double{v};
  m.mean /= static_cast<double>(x.size());
  double fourth = 0;
  for (const float v : x) {
    const double d = double{v} - m.mean;
    m.variance += d * d;
    fourth += d * d * d * d;
  }
  m.variance /= static_cast<double>(x.size());
  m.kurtosis = fourth / static_cast<double>(x.size()) / (m.variance * m.variance);
  return m;
}

// Bounds are five standard errors of 2^20 independent numbers, doubled as the 4096 pieces are
// drawn with repetition from 1024 different ones.
TEST(Noise, NormalNumbersHaveTheMomentsOfTheNormalDistribution) {
  const Moments m = moments(drawn(NoiseTable(NoiseKind::kNormal, 1), 0));
  EXPECT_NEAR(m.mean, 0, 0.01);
  EXPECT_NEAR(m.variance, 1, 0.014);
  EXPECT_NEAR(m.kurtosis, 3, 0.05);
}

TEST(Noise, UniformNumbersFillTheirInterval) {
  const std::vector<float> x = drawn(NoiseTable(NoiseKind::kUniform, 1), 0);
  for (const float v : x) ASSERT_LT(std::abs(v), 1);
  EXPECT_NEAR(moments(x).variance, 1.0 / 3, 0.005);
  EXPECT_NEAR(moments(x).kurtosis, 1.8, 0.02);  // of the uniform distribution
}

TEST(Noise, PoissonCountsHaveEqualMeanAndVariance) {
  for (const double mean : {0.1, 4.0, 900.0}) {
    const std::vector<float> x = drawn(NoiseTable(NoiseKind::kPoisson, 1, mean), 0);
    for (const float v : x) ASSERT_EQ(v, std::floor(v));
    EXPECT_NEAR(moments(x).mean, mean, 0.01 * std::sqrt(mean));
    EXPECT_NEAR(moments(x).variance, mean, 0.02 * mean);
  }
}

TEST(Noise, IsWhiteAndIndependentBetweenStreams) {
  const NoiseTable table(NoiseKind::kNormal, 1);
  const std::vector<float> a = drawn(table, 0), b = drawn(table, 1);
  for (const std::size_t lag : {1UL, 2UL, 255UL, 256UL, 4096UL, 65536UL})
    EXPECT_NEAR(mean_product(a, a, lag), 0, 0.01) << "lag " << lag;
  EXPECT_NEAR(mean_product(a, b, 0), 0, 0.01);
}

TEST(Noise, IsTheSameHoweverItIsCut) {
  const NoiseTable table(NoiseKind::kNormal, 7);
  const std::uint64_t first = (std::uint64_t{1} << 40) - 1000;
  const std::vector<float> whole = drawn(table, 3, first, 5000);
  for (std::uint32_t at = 0; at < 5000;) {
    const std::uint32_t count = std::min(1 + at * 7 % 613, 5000 - at);
    const std::vector<float> piece = drawn(table, 3, first + at, count);
    ASSERT_TRUE(std::equal(piece.begin(), piece.end(), whole.begin() + at));
    at += count;
  }
}

TEST(Noise, DependsOnTheSeedAlone) {
  EXPECT_EQ(drawn(NoiseTable(NoiseKind::kNormal, 5), 0, 0, 1000),
            drawn(NoiseTable(NoiseKind::kNormal, 5), 0, 0, 1000));
  EXPECT_NE(drawn(NoiseTable(NoiseKind::kNormal, 5), 0, 0, 1000),
            drawn(NoiseTable(NoiseKind::kNormal, 6), 0, 0, 1000));
}

}  // namespace
}  // namespace acq::sim
