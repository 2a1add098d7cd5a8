#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "dsp/math/decibel.h"
#include "dsp/math/function.h"
#include "tests/support/simd_targets.h"

namespace acq::test {
namespace {

// How many units in the last place `y` is away from `exact`.
template <typename T>
double ulps(T y, long double exact) {
  if (y == static_cast<T>(exact) || (std::isnan(y) && std::isnan(exact))) return 0;
  using Limits = std::numeric_limits<T>;
  const int exponent = std::max(std::ilogb(exact), Limits::min_exponent - 1);
  return static_cast<double>(std::abs(y - exact) / std::ldexp(1.0L, exponent - Limits::digits + 1));
}

// Random ones with every exponent, then some near 1, then all that is special.
template <typename T, typename Bits>
std::vector<T> numbers() {
  std::mt19937_64 random(1);
  std::vector<T> x;
  while (x.size() < 20'000) x.push_back(std::bit_cast<T>(static_cast<Bits>(random())));
  std::uniform_real_distribution<T> near(T{0.5}, T{2});
  while (x.size() < 40'000) x.push_back(near(random));
  using Limits = std::numeric_limits<T>;
  for (const T v : {T{0}, T{1}, Limits::infinity(), Limits::quiet_NaN(), Limits::min(),
                    Limits::max(), Limits::denorm_min()}) {
    x.insert(x.end(), {v, -v});
  }
  return x;
}

void expect_near(Function f, double exponent, const std::vector<double>& x,
                 long double (*exact)(long double, double)) {
  std::vector<double> y(x.size());
  apply_function(f, exponent, x, y);
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_LE(ulps(y[i], exact(x[i], exponent)), 3)
        << kFunctionNames[static_cast<std::size_t>(f)] << " of " << x[i] << " is " << y[i];
  }
}

TEST(Elementary, FunctionsAreWithinThreeUlpOverTheWholeRange) {
  for_each_instruction_set([] {
    const std::vector<double> x = numbers<double, std::uint64_t>();
    expect_near(Function::kLog10, 0, x, [](long double v, double) { return std::log10(v); });
    for (const double p : {-1.5, 0.3, 2.5, 17.3, 99.0, 900.0}) {
      expect_near(Function::kPower, p, x,
                  [](long double v, double e) { return std::pow(v, static_cast<long double>(e)); });
    }
    std::vector<double> exponents(20'000);
    std::mt19937_64 random(2);
    std::uniform_real_distribution<double> wide(-750, 715);
    for (double& v : exponents) v = wide(random);
    for (const auto& some : {x, exponents}) {
      expect_near(Function::kExp, 0, some, [](long double v, double) { return std::exp(v); });
    }
  });
}

TEST(Elementary, DecibelsAreWithinThreeUlpAndNothingHasALevel) {
  for_each_instruction_set([] {
    const std::vector<float> x = numbers<float, std::uint32_t>();
    std::vector<float> y = x;
    to_db(y);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const long double power =
          x[i] < std::numeric_limits<float>::min() ? std::numeric_limits<float>::min() : x[i];
      ASSERT_LE(ulps(y[i], 10 * std::log10(power)), 3) << x[i] << " is " << y[i];
    }
  });
}

TEST(Elementary, AValueDependsNeitherOnItsPlaceNorOnItsNeighbours) {
  for_each_instruction_set([] {
    const std::vector<double> x = numbers<double, std::uint64_t>();
    const std::vector<float> narrow = numbers<float, std::uint32_t>();
    const auto same = [](auto a, auto b) { return a == b || (std::isnan(a) && std::isnan(b)); };
    for (const Function f : {Function::kAbs, Function::kLog10, Function::kExp, Function::kPower}) {
      std::vector<double> together(x.size()), alone(1);
      apply_function(f, 17.3, x, together);
      for (std::size_t i = 0; i < x.size(); i += 7) {
        apply_function(f, 17.3, std::span(x).subspan(i, 1), alone);
        ASSERT_TRUE(same(alone[0], together[i])) << x[i];
      }
    }
    std::vector<float> levels = narrow;
    to_db(levels);
    for (std::size_t i = 0; i < narrow.size(); i += 7) {
      float alone = narrow[i];
      to_db({&alone, 1});
      ASSERT_TRUE(same(alone, levels[i])) << narrow[i];
    }
  });
}

}  // namespace
}  // namespace acq::test
