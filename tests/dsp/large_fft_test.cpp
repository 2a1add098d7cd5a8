#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <random>

#include "dsp/base/planes.h"
#include "dsp/math/fft.h"
#include "tests/support/simd_targets.h"

namespace acq::test {
namespace {

const PlanOptions kQuick{.effort = PlanEffort::kEstimate, .limit_s = 1};

// Bin k by the definition.
template <typename T>
std::complex<double> bin_of(const AlignedVector<T>& x, std::size_t k, double sign) {
  std::complex<long double> sum = 0;
  for (std::size_t n = 0; n < x.size(); ++n) {
    const auto turns = static_cast<double>(k * n % x.size()) / static_cast<double>(x.size());
    const auto term =
        std::complex<double>(x[n]) * std::polar(1.0, sign * 2 * std::numbers::pi * turns);
    sum += std::complex<long double>(term);
  }
  return std::complex<double>(sum);
}

template <typename Real>
AlignedVector<Real> noise_of(std::size_t count) {
  std::mt19937 random(1);
  std::normal_distribution<Real> normal;
  AlignedVector<Real> x(count);
  for (Real& v : x) v = normal(random);
  return x;
}

template <typename Real>
constexpr double kSlack =
    sizeof(Real) == 8 ? 1e-15 : 4e-7;  // of sqrt(size), for values of variance 1

template <typename Real>
void expect_complex(std::size_t size) {
  SCOPED_TRACE(size);
  const AlignedVector<Real> parts = noise_of<Real>(2 * size);
  AlignedVector<std::complex<Real>> x(size), bins(size), back(size);
  for (std::size_t n = 0; n < size; ++n) x[n] = {parts[2 * n], parts[2 * n + 1]};
  auto forward = ComplexFft<Real>::plan(size, FftDirection::kForward, kQuick);
  auto inverse = ComplexFft<Real>::plan(size, FftDirection::kInverse, kQuick);
  ASSERT_TRUE(forward && inverse && forward->keeps_input());
  forward->run_from(x.data(), bins.data());
  inverse->run_from(bins.data(), back.data());
  const double slack = 40 * kSlack<Real> * std::sqrt(static_cast<double>(size));
  for (const std::size_t k : {std::size_t{1}, size / 3}) {
    EXPECT_LT(std::abs(bin_of(x, k, -1) - std::complex<double>(bins[k])), slack) << k;
  }
  double worst = 0;
  for (std::size_t n = 0; n < size; ++n) {
    worst =
        std::max(worst, static_cast<double>(std::abs(back[n] / static_cast<Real>(size) - x[n])));
  }
  EXPECT_LT(worst, 40 * kSlack<Real>);
}

template <typename Real>
void expect_real(std::size_t size) {
  SCOPED_TRACE(size);
  const AlignedVector<Real> x = noise_of<Real>(size);
  AlignedVector<std::complex<Real>> bins(size / 2 + 1);
  AlignedVector<Real> back(size);
  auto forward = RealFft<Real>::plan(size, kQuick);
  auto inverse = RealInverseFft<Real>::plan(size, kQuick);
  ASSERT_TRUE(forward && inverse);
  AlignedVector<Real> scratch = x;
  forward->run(scratch.data(), bins.data());
  EXPECT_EQ(bins.front().imag(), 0);
  EXPECT_EQ(bins.back().imag(), 0);
  AlignedVector<std::complex<Real>> used = bins;
  inverse->run(used.data(), back.data());
  const double slack = 40 * kSlack<Real> * std::sqrt(static_cast<double>(size));
  for (const std::size_t k : {std::size_t{1}, size / 4, size / 2 - 1}) {
    EXPECT_LT(std::abs(bin_of(x, k, -1) - std::complex<double>(bins[k])), slack) << k;
  }
  double worst = 0;
  for (std::size_t n = 0; n < size; ++n) {
    worst =
        std::max(worst, static_cast<double>(std::abs(back[n] / static_cast<Real>(size) - x[n])));
  }
  EXPECT_LT(worst, 40 * kSlack<Real>);
}

TEST(LargeFft, GivesWhatTheDefinitionSays) {
  for_each_instruction_set([] {
    expect_complex<double>(1 << 17);
    expect_complex<float>(1 << 18);
    expect_complex<double>(29 * 31 * 320);
    expect_real<double>(1 << 18);
    expect_real<float>(1 << 19);
    expect_real<double>(1'000'000);
    expect_real<double>(2 * 27 * 15 * 343);  // an odd half
  });
}

TEST(HalvedFft, GivesWhatTheDefinitionSaysAtEverySize) {
  for_each_instruction_set([] {
    for (std::size_t size = 64; size < 200; size += 2) {
      if (!has_small_factors(size)) continue;
      expect_real<float>(size);
      expect_real<double>(size);
    }
    expect_real<float>(4096);
    expect_real<double>(1 << 17);  // turns as products
  });
}

TEST(LargeFft, WorksInPlaceOnAnyAddress) {
  constexpr std::size_t kSize = 1 << 18;
  const AlignedVector<double> x = noise_of<double>(kSize);
  auto forward = RealFft<double>::plan(kSize, kQuick);
  ASSERT_TRUE(forward && forward->keeps_input());
  AlignedVector<std::complex<double>> bins(kSize / 2 + 1), apart(kSize / 2 + 2);
  forward->run_from(x.data(), bins.data());
  forward->run_from(x.data(), apart.data() + 1);
  EXPECT_TRUE(std::equal(bins.begin(), bins.end(), apart.begin() + 1));
}

}  // namespace
}  // namespace acq::test
