#include "dsp/math/fft.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <numbers>
#include <random>
#include <thread>

#include "dsp/base/planes.h"

namespace acq {
namespace {

constexpr double kPi = std::numbers::pi;

template <typename Real>
AlignedVector<Real> noise(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<Real> uniform(-1, 1);
  AlignedVector<Real> values(count);
  for (Real& value : values) value = uniform(random);
  return values;
}

// The definition, in long double: the oracle for sizes where O(n^2) is bearable.
template <typename Real>
std::complex<double> slow_bin(const AlignedVector<Real>& x, std::size_t k) {
  std::complex<long double> sum = 0;
  for (std::size_t n = 0; n < x.size(); ++n) {
    const long double angle = -2 * std::numbers::pi_v<long double> *
                              static_cast<long double>((n * k) % x.size()) /
                              static_cast<long double>(x.size());
    sum += static_cast<long double>(x[n]) * std::polar(1.0L, angle);
  }
  return {static_cast<double>(sum.real()), static_cast<double>(sum.imag())};
}

template <typename Real>
class FftOf : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(FftOf, Precisions);

TYPED_TEST(FftOf, RealTransformIsTheDefinition) {
  using Real = TypeParam;
  // Error of an FFT grows like eps * log2(n) (Gentleman and Sande 1966); values up to n.
  constexpr double kEps = std::numeric_limits<Real>::epsilon();
  for (const std::size_t size : {1U, 2U, 3U, 8U, 15U, 64U, 97U, 100U, 256U}) {
    const AlignedVector<Real> x = noise<Real>(size, size);
    AlignedVector<Real> in = x;
    auto fft = RealFft<Real>::plan(size);
    ASSERT_TRUE(fft) << to_string(fft.error());
    AlignedVector<std::complex<Real>> out(fft->bins());
    fft->run(in.data(), out.data());
    for (std::size_t k = 0; k < fft->bins(); ++k) {
      const std::complex<double> got(out[k]);
      EXPECT_LT(std::abs(got - slow_bin(x, k)), 4 * kEps * static_cast<double>(size))
          << "size " << size << " bin " << k;
    }
  }
}

TYPED_TEST(FftOf, EnergyIsTheSameInTimeAndFrequency) {
  using Real = TypeParam;  // Parseval
  constexpr std::size_t kSize = 4096;
  AlignedVector<Real> x = noise<Real>(kSize, 7);
  double in_time = 0;
  for (const Real value : x) in_time += static_cast<double>(value) * static_cast<double>(value);
  auto fft = RealFft<Real>::plan(kSize);
  AlignedVector<std::complex<Real>> out(fft->bins());
  fft->run(x.data(), out.data());
  double in_frequency = 0;
  for (std::size_t k = 0; k < out.size(); ++k) {
    const double twice = k == 0 || 2 * k == kSize ? 1 : 2;
    in_frequency += twice * std::norm(std::complex<double>(out[k]));
  }
  // Rounding of 12 stages and of the two sums.
  EXPECT_NEAR(in_frequency / kSize / in_time, 1, 32 * std::numeric_limits<Real>::epsilon());
}

TYPED_TEST(FftOf, InverseGivesTheInputBackTimesItsSize) {
  using Real = TypeParam;
  for (const std::size_t size : {1U, 9U, 1000U, 1024U}) {
    const AlignedVector<Real> x = noise<Real>(size, size);
    AlignedVector<Real> in = x;
    AlignedVector<Real> back(size);
    auto forward = RealFft<Real>::plan(size);
    auto inverse = RealInverseFft<Real>::plan(size);
    ASSERT_TRUE(forward && inverse);
    EXPECT_EQ(inverse->bins(), forward->bins());
    AlignedVector<std::complex<Real>> spectrum(forward->bins());
    forward->run(in.data(), spectrum.data());
    inverse->run(spectrum.data(), back.data());
    for (std::size_t n = 0; n < size; ++n) {
      EXPECT_NEAR(back[n] / static_cast<Real>(size), x[n],
                  8 * std::numeric_limits<Real>::epsilon());
    }
  }
}

TYPED_TEST(FftOf, ComplexExponentialFallsIntoOneBin) {
  using Real = TypeParam;
  constexpr std::size_t kSize = 240;
  constexpr std::size_t kBin = 37;
  AlignedVector<std::complex<Real>> in(kSize);
  for (std::size_t n = 0; n < kSize; ++n) {
    const double turn = static_cast<double>(n * kBin % kSize) / kSize;
    in[n] = std::complex<Real>(std::polar(1.0, 2 * kPi * turn));
  }
  const AlignedVector<std::complex<Real>> kept = in;
  AlignedVector<std::complex<Real>> out(kSize);
  AlignedVector<std::complex<Real>> back(kSize);
  auto forward = ComplexFft<Real>::plan(kSize, FftDirection::kForward);
  auto inverse = ComplexFft<Real>::plan(kSize, FftDirection::kInverse);
  ASSERT_TRUE(forward && inverse);
  forward->run(in.data(), out.data());
  constexpr Real kLimit = 4 * kSize * std::numeric_limits<Real>::epsilon();
  for (std::size_t k = 0; k < kSize; ++k) {
    EXPECT_LT(std::abs(out[k] - std::complex<Real>(k == kBin ? kSize : 0)), kLimit) << k;
  }
  inverse->run(out.data(), back.data());
  for (std::size_t n = 0; n < kSize; ++n) {
    EXPECT_LT(std::abs(back[n] / Real{kSize} - kept[n]), 8 * std::numeric_limits<Real>::epsilon());
  }
}

TEST(Fft, MeasuredPlanGivesWhatAnEstimatedOneGives) {
  constexpr std::size_t kSize = 2000;
  const AlignedVector<double> x = noise<double>(kSize, 3);
  auto estimated = RealFft<double>::plan(kSize, {PlanEffort::kEstimate, 1});
  auto measured = RealFft<double>::plan(kSize, {PlanEffort::kMeasure, 0.2});
  auto patient = RealFft<double>::plan(kSize, {PlanEffort::kPatient, 0.2});
  ASSERT_TRUE(estimated && measured && patient);
  AlignedVector<std::complex<double>> a(estimated->bins());
  AlignedVector<std::complex<double>> b(estimated->bins());
  for (auto* other : {&*measured, &*patient}) {
    AlignedVector<double> in = x;
    estimated->run(in.data(), a.data());
    in = x;
    other->run(in.data(), b.data());
    for (std::size_t k = 0; k < a.size(); ++k) EXPECT_LT(std::abs(a[k] - b[k]), 1e-12);
  }
}

TEST(Fft, RefusesSizesItCannotTransform) {
  for (const std::size_t size : {std::size_t{0}, kMaxFftSize + 1}) {
    const auto refused = RealFft<float>::plan(size);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kInvalid);
    EXPECT_EQ(refused.error().allowed, "1 to 16777216");
  }
  EXPECT_FALSE(RealInverseFft<float>::plan(0));
  EXPECT_FALSE(ComplexFft<double>::plan(0, FftDirection::kForward));
}

TEST(Fft, ManyThreadsPlanAndRunAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([t, &wrong] {
      for (std::size_t size = 16 + t; size < 120; size += 4) {
        auto fft = RealFft<float>::plan(size, {PlanEffort::kEstimate, 1});
        AlignedVector<float> in(size, 1.0F);
        AlignedVector<std::complex<float>> out(fft->bins());
        fft->run(in.data(), out.data());
        if (std::abs(out[0].real() - static_cast<float>(size)) > 1e-3F) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

class Wisdom : public testing::Test {
 protected:
  void TearDown() override { std::remove(path_.c_str()); }
  std::string path_ = testing::TempDir() + "wisdom_test." + std::to_string(getpid());
};

TEST_F(Wisdom, SurvivesTheWayThroughAFile) {
  ASSERT_TRUE(RealFft<float>::plan(1024, {PlanEffort::kMeasure, 0.2}));
  ASSERT_TRUE(export_wisdom(path_));
  const auto imported = import_wisdom(path_);
  EXPECT_TRUE(imported) << to_string(imported.error());
}

TEST_F(Wisdom, RefusesAFileThatIsNotWisdom) {
  EXPECT_EQ(import_wisdom(path_).error().code, Code::kNotFound);
  std::ofstream(path_) << "(fftw-3.3.10 this is not wisdom)";
  const auto refused = import_wisdom(path_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInvalid);
  EXPECT_EQ(refused.error().where, path_);
  EXPECT_EQ(export_wisdom(testing::TempDir() + "no/such/folder/wisdom").error().code, Code::kIo);
}

TEST(Planes, AreAlignedZeroAndApart) {
  Planes planes(3, 17);
  std::array<float*, kMaxChannels> lent{};
  planes.lend(lent);
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_EQ(lent[c], planes[c]);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(planes[c]) % kPlaneAlign, 0U);
    EXPECT_EQ(planes.plane(c).size(), 17U);
    for (const float value : planes.plane(c)) EXPECT_EQ(value, 0.0F);
  }
  EXPECT_EQ(planes[1] - planes[0], 48);  // 17 values are two lines of 16, and one spare
}

}  // namespace
}  // namespace acq
