#include "dsp/math/record_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "dsp/math/product_sums.h"
#include "tests/support/simd_targets.h"

namespace acq::test {
namespace {

std::vector<double> random_values(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<double> x(count);
  for (double& v : x) v = uniform(random);
  return x;
}

TEST(CentralDifferences, AreThoseOfTheNeighboursAtEveryLength) {
  for_each_instruction_set([] {
    for (std::size_t count = 2; count < 40; ++count) {
      const std::vector<double> x = random_values(count, 1);
      std::vector<double> y(count, 7);
      central_differences(x, 0.3, y.data());
      EXPECT_EQ(y.front(), 7);
      EXPECT_EQ(y.back(), 7);
      for (std::size_t i = 1; i + 1 < count; ++i) EXPECT_EQ(y[i], (x[i + 1] - x[i - 1]) / 0.3);
    }
  });
}

TEST(Sums, AreThoseOfTheValuesAtEveryLength) {
  for_each_instruction_set([] {
    for (std::size_t count = 0; count < 90; ++count) {
      const std::vector<double> x = random_values(count, 3);
      double sum = 0, squares = 0, second = 0, third = 0;
      const std::size_t m = 3;
      for (std::size_t i = 0; i < count; ++i) {
        sum += x[i];
        squares += x[i] * x[i];
        if (i + 2 * m < count) second += std::pow(x[i] - 2 * x[i + m] + x[i + 2 * m], 2);
        if (i + 3 * m < count) {
          third += std::pow(x[i] - 3 * x[i + m] + 3 * x[i + 2 * m] - x[i + 3 * m], 2);
        }
      }
      EXPECT_NEAR(sum_of(x), sum, 1e-13) << count;
      EXPECT_NEAR(sum_of_squares_of(x), squares, 1e-13) << count;
      EXPECT_NEAR(second_differences_squared(x, m), second, 1e-12) << count;
      EXPECT_NEAR(third_differences_squared(x, m), third, 1e-12) << count;
    }
  });
}

TEST(OffsetAndDivide, IsThatOfEachValueAtEveryLengthAndPlace) {
  for_each_instruction_set([] {
    for (std::size_t count = 0; count < 40; ++count) {
      const std::vector<double> x = random_values(count + 9, 4);
      std::vector<double> y = x, z = x;
      const std::size_t from = count % 9;
      offset_and_divide(std::span(y).subspan(from, count), 0.25, 3, y.data() + from);
      subtract(std::span(z).subspan(from, count), 0.25, z.data() + from);
      for (std::size_t i = 0; i < y.size(); ++i) {
        const bool is_changed = i >= from && i < from + count;
        EXPECT_EQ(y[i], is_changed ? (x[i] - 0.25) / 3 : x[i]) << count << ", " << i;
        EXPECT_EQ(z[i], is_changed ? x[i] - 0.25 : x[i]) << count << ", " << i;
      }
    }
  });
}

TEST(Barycentric, IsThePolynomialThroughThePoints) {
  for_each_instruction_set([] {
    for (const std::size_t count : {3U, 4U, 7U}) {
      std::vector<double> at(count), weights(count, 1), values(count);
      const auto cubic = [](double x) { return 2 - x + 3 * x * x; };
      for (std::size_t k = 0; k < count; ++k) at[k] = std::cos(0.2 + 0.4 * static_cast<double>(k));
      for (std::size_t k = 0; k < count; ++k) {
        values[k] = cubic(at[k]);
        for (std::size_t j = 0; j < count; ++j) weights[k] /= j == k ? 1 : at[k] - at[j];
      }
      std::vector<double> x = random_values(29, 2);
      x[3] = at[1];
      std::vector<double> y(x.size());
      barycentric(at, weights, values, count, x, y.data());
      for (std::size_t i = 0; i < x.size(); ++i) {
        if (i == 3) {
          EXPECT_FALSE(std::isfinite(y[i]));
        } else {
          EXPECT_NEAR(y[i], cubic(x[i]), 1e-11) << count << ", " << i;
        }
      }
    }
  });
}

TEST(ProductSums, AreThoseOfEveryPairOfRows) {
  for_each_instruction_set([] {
    constexpr std::size_t kCount = 24;
    for (const std::size_t rows : {1U, 2U, 7U, 26U}) {
      std::vector<std::vector<double>> x;
      std::vector<const double*> at;
      for (std::size_t k = 0; k < rows; ++k)
        x.push_back(random_values(kCount, static_cast<unsigned>(k)));
      for (const auto& row : x) at.push_back(row.data());
      ProductSums sums(rows);
      sums.add(at.data(), kCount);
      sums.add(at.data(), 8);
      for (std::size_t k = 0; k < rows; ++k) {
        for (std::size_t j = 0; j <= k; ++j) {
          double expected = 0;
          for (std::size_t i = 0; i < kCount; ++i) expected += (i < 8 ? 2 : 1) * x[k][i] * x[j][i];
          EXPECT_NEAR(sums.of(k, j), expected, 1e-13);
        }
      }
    }
  });
}

}  // namespace
}  // namespace acq::test
