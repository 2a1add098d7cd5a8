#include "dsp/math/elementwise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/simd_targets.h"

namespace acq {
namespace {

std::vector<float> ramp(std::size_t count) {
  std::vector<float> x(count);
  for (std::size_t i = 0; i < count; ++i) x[i] = 0.37F * static_cast<float>(i) - 5;
  return x;
}

TEST(Elementwise, ScaleAndOffsetIsRoundedOnceOrTwiceAtEveryLength) {
  test::for_each_instruction_set([] {
    for (std::size_t count = 0; count < 70; ++count) {
      std::vector<float> x = ramp(count + 1);
      scale_and_offset(x.data(), count, 1.7F, 0.3F);
      for (std::size_t i = 0; i < count; ++i) {
        const double product = static_cast<double>(1.7F) * static_cast<double>(ramp(count)[i]);
        const double exact = product + static_cast<double>(0.3F);
        EXPECT_NEAR(x[i], exact, (std::abs(product) + std::abs(exact)) * 0x1p-24);
      }
      EXPECT_EQ(x[count], ramp(count + 1)[count]) << "written past the end";
    }
  });
}

TEST(Elementwise, PolynomialIsHornersRuleInFloat64) {
  test::for_each_instruction_set([] {
    const std::vector<double> c = {1, -0.5, 0.25, 1e-3};
    for (std::size_t count = 0; count < 40; ++count) {
      std::vector<float> x = ramp(count + 1);
      polynomial(x.data(), count, c);
      for (std::size_t i = 0; i < count; ++i) {
        const double v = ramp(count)[i];
        const double exact = ((c[3] * v + c[2]) * v + c[1]) * v + c[0];
        EXPECT_NEAR(x[i], exact, std::abs(exact) * 0x1p-24 + 1e-14);
      }
      EXPECT_EQ(x[count], ramp(count + 1)[count]) << "written past the end";
    }
    std::vector<float> x = ramp(3);
    polynomial(x.data(), 3, {});
    EXPECT_EQ(x, std::vector<float>(3, 0.0F));
  });
}

}  // namespace
}  // namespace acq
