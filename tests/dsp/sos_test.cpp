#include "dsp/math/sos.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "dsp/math/iir_design.h"
#include "tests/support/block_harness.h"
#include "tests/support/simd_targets.h"

namespace acq {
namespace {

constexpr std::uint64_t kSeed = 20240703;

// The difference equations, one section after the other.
std::vector<double> expected(std::vector<Section> sections, const std::vector<float>& x) {
  std::vector<double> y(x.begin(), x.end());
  for (const Section& s : sections) {
    double x1 = 0, x2 = 0, y1 = 0, y2 = 0;
    for (double& value : y) {
      const double in = value;
      value = s.b0 * in + s.b1 * x1 + s.b2 * x2 - s.a1 * y1 - s.a2 * y2;
      x2 = x1, x1 = in, y2 = y1, y1 = value;
    }
  }
  return y;
}

std::vector<std::vector<float>> filtered(SosFilter filter, std::vector<std::vector<float>> x,
                                         const std::vector<std::size_t>& lengths) {
  std::size_t at = 0;
  for (std::size_t i = 0; at < x[0].size(); ++i) {
    const std::size_t count = std::min(lengths[i % lengths.size()], x[0].size() - at);
    std::vector<float*> planes;
    for (auto& channel : x) planes.push_back(channel.data() + at);
    filter.run(planes.data(), planes.data(), count);
    at += count;
  }
  return x;
}

TEST(SosFilter, IsTheDifferenceEquationForAnyNumberOfSectionsAndChannels) {
  test::for_each_instruction_set([] {
    for (const std::size_t order : {1U, 3U, 5U, 8U, 9U, 17U, 20U}) {
      const auto sections = *design_butterworth(Band::kLow, std::vector{0.12}, order);
      for (const std::size_t channels : {1U, 2U, 3U, 4U, 5U}) {
        std::vector<std::vector<float>> x;
        for (std::size_t c = 0; c < channels; ++c) x.push_back(test::noise(600, kSeed + c));
        const auto y = filtered(SosFilter(sections, channels), x, {600});
        for (std::size_t c = 0; c < channels; ++c) {
          const std::vector<double> e = expected(sections, x[c]);
          for (std::size_t i = 0; i < e.size(); ++i) {
            ASSERT_NEAR(y[c][i], e[i], 1e-7) << order << " " << channels << " " << i;
          }
        }
      }
    }
  });
}

TEST(SosFilter, DoesNotDependOnHowTheInputIsCutNorOnItsNeighbours) {
  test::for_each_instruction_set([] {
    for (const std::size_t order : {3U, 8U, 20U}) {
      const auto sections = *design_butterworth(Band::kPass, std::vector{0.1, 0.2}, order);
      const std::vector<std::vector<float>> x = {test::noise(1500, 1), test::noise(1500, 2),
                                                 test::noise(1500, 3)};
      const auto whole = filtered(SosFilter(sections, 3), x, {1500});
      EXPECT_EQ(filtered(SosFilter(sections, 3), x, {1}), whole);
      EXPECT_EQ(filtered(SosFilter(sections, 3), x, {700, 3, 8, 21, 1}), whole);
      EXPECT_EQ(filtered(SosFilter(sections, 1), {x[1]}, {1500})[0], whole[1]);
    }
  });
}

TEST(SosFilter, ABrokenSampleStartsItsChannelAnewAndNoOther) {
  test::for_each_instruction_set([] {
    const auto sections = *design_butterworth(Band::kLow, std::vector{0.12}, 6);
    std::vector<std::vector<float>> x = {test::noise(900, 1), test::noise(900, 2)};
    const auto clean = filtered(SosFilter(sections, 2), x, {900});
    x[1][300] = std::numeric_limits<float>::infinity();
    x[1][301] = std::numeric_limits<float>::quiet_NaN();
    const auto y = filtered(SosFilter(sections, 2), x, {900});
    EXPECT_EQ(y[0], clean[0]);
    const std::vector<float> rest(x[1].begin() + 302, x[1].end());
    const auto anew = filtered(SosFilter(sections, 1), {rest}, {900});
    for (std::size_t i = 0; i < 900; ++i) {
      if (i < 300) {
        EXPECT_EQ(y[1][i], clean[1][i]);
      } else if (i < 302) {
        EXPECT_TRUE(std::isnan(y[1][i]));
      } else {
        EXPECT_EQ(y[1][i], anew[0][i - 302]);
      }
    }
    const auto cut = filtered(SosFilter(sections, 2), x, {7, 294, 1, 50});
    EXPECT_TRUE(std::equal(cut[1].begin() + 302, cut[1].end(), y[1].begin() + 302));
  });
}

TEST(SosFilter, AdoptKeepsAConstantAndTheRestOfTheState) {
  const std::vector<float> x = test::noise(400, 9);
  const auto sections = *design_butterworth(Band::kLow, std::vector{0.05}, 7);
  SosFilter before(sections, 1);
  std::vector<float> y = x;
  float* plane = y.data();
  before.run(&plane, &plane, 200);
  // The same filter goes on as if nothing had happened.
  SosFilter same(sections, 1);
  same.adopt(before, std::vector{x[199]});
  plane = y.data() + 200;
  same.run(&plane, &plane, 200);
  const auto whole = filtered(SosFilter(sections, 1), {x}, {400});
  for (std::size_t i = 200; i < 400; ++i) EXPECT_NEAR(y[i], whole[0][i], 1e-7);
  // Another filter, of any length, keeps a constant.
  for (const std::size_t order : {7U, 2U}) {
    SosFilter settled(sections, 1);
    std::vector<float> constant(1000, 2.5F);
    plane = constant.data();
    settled.run(&plane, &plane, 1000);
    SosFilter other(*design_butterworth(Band::kLow, std::vector{0.08}, order), 1);
    other.adopt(settled, std::vector{2.5F});
    const auto after = filtered(other, {std::vector<float>(300, 2.5F)}, {300});
    for (const float value : after[0]) EXPECT_NEAR(value, 2.5, 1e-6);
  }
}

}  // namespace
}  // namespace acq
