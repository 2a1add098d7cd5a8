#include "dsp/math/minmax.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/support/block_harness.h"
#include "tests/support/simd_targets.h"

namespace acq::test {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

TEST(MinMax, IsThatOfTheAlgorithmLibrary) {
  for_each_instruction_set([] {
    for (std::size_t count = 1; count < 200; ++count) {
      const std::vector<float> x = noise(count, count);
      const MinMax got = minmax_of(x.data(), count);
      EXPECT_EQ(got.min, *std::min_element(x.begin(), x.end())) << count;
      EXPECT_EQ(got.max, *std::max_element(x.begin(), x.end())) << count;
    }
  });
}

TEST(MinMax, OneNanAnywhereMakesBothNan) {
  for_each_instruction_set([] {
    for (std::size_t count : {1U, 16U, 40U, 77U}) {
      for (std::size_t at = 0; at < count; ++at) {
        std::vector<float> x = noise(count, 1);
        x[at] = kNan;
        const MinMax got = minmax_of(x.data(), count);
        EXPECT_TRUE(std::isnan(got.min) && std::isnan(got.max)) << count << " " << at;
      }
    }
  });
}

TEST(MinMax, InfinitiesAreValuesAndNothingIsNeutral) {
  for_each_instruction_set([] {
    std::vector<float> x(100, -kInf);
    x[70] = 3;
    EXPECT_EQ(minmax_of(x.data(), x.size()).min, -kInf);
    EXPECT_EQ(minmax_of(x.data(), x.size()).max, 3);
    MinMax all = minmax_of(x.data(), 0);
    all.add({5, 5});
    EXPECT_EQ(all.min, 5);
    EXPECT_EQ(all.max, 5);
  });
}

}  // namespace
}  // namespace acq::test
