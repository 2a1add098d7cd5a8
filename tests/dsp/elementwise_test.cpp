#include "dsp/math/elementwise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
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

TEST(Elementwise, CombineIsTheOperationAtEveryLength) {
  const auto expected = [](Combine op, float a, float b) -> float {
    switch (op) {
      case Combine::kAdd: return a + b;
      case Combine::kSubtract: return a - b;
      case Combine::kMultiply: return a * b;
      case Combine::kDivide: return a / b;
      case Combine::kAbsDifference: return std::abs(a - b);
      case Combine::kRatioDb:
        return static_cast<float>(20 * std::log10(std::abs(static_cast<double>(a / b))));
      case Combine::kMinimum: return std::min(a, b);
      case Combine::kMaximum: return std::max(a, b);
    }
    return 0;
  };
  test::for_each_instruction_set([&] {
    for (int op = 0; op <= static_cast<int>(Combine::kMaximum); ++op) {
      for (std::size_t count = 0; count < 40; ++count) {
        std::vector<float> a = ramp(count + 1);
        std::vector<float> b = ramp(count + 1);
        for (float& value : b) value = 1.5F - 0.3F * value;
        combine(static_cast<Combine>(op), a.data(), b.data(), a.data(), count);
        for (std::size_t i = 0; i < count; ++i) {
          const float e = expected(static_cast<Combine>(op), ramp(count)[i], b[i]);
          // The logarithm is good to 4 ulp; all else is exact.
          const float slack = static_cast<Combine>(op) == Combine::kRatioDb
                                  ? 20 * 4 * 0x1p-24F * (1 + std::abs(e))
                                  : 0;
          EXPECT_NEAR(a[i], e, slack) << "op " << op << ", " << i << " of " << count;
        }
        EXPECT_EQ(a[count], ramp(count + 1)[count]) << "written past the end";
      }
    }
  });
}

TEST(Elementwise, CombineKeepsNanAndInfinityAsIeeeSays) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  const auto one = [](Combine op, float a, float b) {
    combine(op, &a, &b, &a, 1);
    return a;
  };
  test::for_each_instruction_set([&] {
    for (const Combine op : {Combine::kMinimum, Combine::kMaximum, Combine::kRatioDb}) {
      EXPECT_TRUE(std::isnan(one(op, nan, 1)));
      EXPECT_TRUE(std::isnan(one(op, 1, nan)));
    }
    EXPECT_EQ(one(Combine::kDivide, -1, 0), -inf);
    EXPECT_TRUE(std::isnan(one(Combine::kDivide, 0, 0)));
    EXPECT_EQ(one(Combine::kRatioDb, 0, 3), -inf);
    EXPECT_EQ(one(Combine::kRatioDb, 3, 0), inf);
    EXPECT_EQ(one(Combine::kRatioDb, -5, 5), 0);
    EXPECT_NEAR(one(Combine::kRatioDb, 1e-40F, 1), -800, 1e-3);  // a denormal number
  });
}

}  // namespace
}  // namespace acq
