#include "dsp/math/spectrum_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "dsp/math/welch.h"
#include "tests/support/block_harness.h"
#include "tests/support/simd_targets.h"

namespace acq::test {
namespace {

constexpr std::size_t kCounts[] = {0, 1, 7, 16, 33, 1000};

TEST(SpectrumKernels, SumIsThatOfFloat64) {
  for_each_instruction_set([] {
    for (const std::size_t count : kCounts) {
      const std::vector<float> x = noise(count, count);
      double expected = 0;
      for (const float value : x) expected += static_cast<double>(value);
      EXPECT_NEAR(sum(x.data(), count), expected, 1e-13) << count;  // 1000 roundings of 1e-16
    }
  });
}

TEST(SpectrumKernels, SumOfSquaresIsAboutTheMeanGiven) {
  for_each_instruction_set([] {
    for (const std::size_t count : kCounts) {
      const std::vector<float> x = noise(count, count);
      double expected = 0;
      for (const float value : x) expected += std::pow(static_cast<double>(value) - 0.3, 2);
      EXPECT_NEAR(sum_of_squares(x.data(), 0.3, count), expected, 1e-12) << count;
    }
  });
}

TEST(SpectrumKernels, WindowsAreAppliedExactly) {
  for_each_instruction_set([] {
    for (const std::size_t count : kCounts) {
      const std::vector<float> a = noise(count, 1);
      const std::vector<float> b = noise(count, 2);
      const std::vector<float> w = noise(count, 3);
      std::vector<float> out(count);
      std::vector<std::complex<float>> pair(count);
      apply_window(a.data(), 0.25F, w.data(), count, out.data());
      apply_window_pair(a.data(), 0.25F, b.data(), -0.5F, w.data(), count, pair.data());
      for (std::size_t i = 0; i < count; ++i) {
        EXPECT_EQ(out[i], (a[i] - 0.25F) * w[i]);
        EXPECT_EQ(pair[i].real(), (a[i] - 0.25F) * w[i]);
        EXPECT_EQ(pair[i].imag(), (b[i] + 0.5F) * w[i]);
      }
    }
  });
}

TEST(SpectrumKernels, PowerIsAddedToWhatIsThere) {
  for_each_instruction_set([] {
    for (const std::size_t count : kCounts) {
      const std::vector<float> re = noise(count, 1);
      const std::vector<float> im = noise(count, 2);
      std::vector<std::complex<float>> z(count);
      for (std::size_t i = 0; i < count; ++i) z[i] = {re[i], im[i]};
      std::vector<float> power(count, 2.0F);
      add_power(z.data(), count, power.data());
      for (std::size_t i = 0; i < count; ++i) {
        EXPECT_NEAR(power[i], 2 + std::norm(std::complex<double>(z[i])), 3e-7);  // 1 ulp of 4
      }
    }
  });
}

TEST(SegmentTransform, PairsAndSingleSegmentsGiveTheSameSum) {
  for_each_instruction_set([] {
    for (const std::size_t size : {2U, 5U, 64U, 100U, 1024U}) {
      const std::vector<double> window(size, 0.5);
      auto transform = SegmentTransform::make(window, true, 3);
      ASSERT_TRUE(transform);
      const std::vector<float> a = noise(size, 1);
      const std::vector<float> b = noise(size, 2);
      PowerSum one_by_one(size);
      PowerSum together(size);
      transform->add(a.data(), one_by_one);
      transform->add(b.data(), one_by_one);
      transform->add_pair(a.data(), b.data(), together);
      std::vector<float> expected(transform->bins());
      std::vector<float> got(transform->bins());
      transform->take(one_by_one, 1.0 / static_cast<double>(size), expected.data());
      transform->take(together, 1.0 / static_cast<double>(size), got.data());
      for (std::size_t k = 0; k < got.size(); ++k) EXPECT_NEAR(got[k], expected[k], 1e-6) << size;
    }
  });
}

TEST(SegmentTransform, SumsOfManySegmentsLoseNothing) {
  // Plain float32 sums of so many equal powers would be wrong in the fourth digit.
  constexpr std::size_t kSegments = 100'000;
  auto transform = SegmentTransform::make(std::vector<double>(2, 1.0), false, 2);
  ASSERT_TRUE(transform);
  PowerSum sum(2);
  const float segment[] = {0.3F, 0.1F};
  for (std::size_t i = 0; i < kSegments / 2; ++i) transform->add_pair(segment, segment, sum);
  float power[2];
  transform->take(sum, 1.0 / kSegments, power);
  EXPECT_NEAR(power[0], 0.16, 0.16 * 4e-7);  // float32 rounding of the transform only
  EXPECT_NEAR(power[1], 0.04, 0.04 * 4e-7);
}

}  // namespace
}  // namespace acq::test
