// Transforms of awkward sizes: right, and without memory of their own while they run.
#include "dsp/math/any_size_fft.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <string>
#include <string_view>

#include "dsp/math/fftw_api.h"
#include "tests/support/allocation_hook.h"

namespace acq {
namespace {

using test::AllocationCount;
using test::Allocations;
using Value = std::complex<double>;

// Odd, prime, products with a large prime, and quick ones of any length.
constexpr std::size_t kSizes[] = {1,    2,     9,     17,    37,        74,   243,
                                  1001, 1009,  1024,  1353,  2018,      2187, 4096,
                                  4099, 10000, 15015, 65536, 1U << 17U, 65537};

template <typename Real>
AlignedVector<std::complex<Real>> noise(std::size_t count) {
  std::mt19937_64 random(count);
  std::uniform_real_distribution<Real> uniform(-1, 1);
  AlignedVector<std::complex<Real>> values(count);
  for (auto& value : values) value = {uniform(random), uniform(random)};
  return values;
}

// The definition, in long double.
template <typename T>
Value slow_bin(const AlignedVector<T>& x, std::size_t k, int sign) {
  std::complex<long double> sum = 0;
  for (std::size_t n = 0; n < x.size(); ++n) {
    const long double turn =
        static_cast<long double>(n * k % x.size()) / static_cast<long double>(x.size());
    sum += std::complex<long double>(x[n]) *
           std::polar(1.0L,
                      static_cast<long double>(sign) * 2 * std::numbers::pi_v<long double> * turn);
  }
  return Value(sum);
}

// The ends, the middle, and some between.
std::vector<std::size_t> some_of(std::size_t count) {
  if (count < 8)
    return count == 1 ? std::vector<std::size_t>{0} : std::vector<std::size_t>{0, count - 1};
  return {0, 1, 2, count / 7, count / 2 - 1, count / 2, count - 2, count - 1};
}

template <typename Real>
class AwkwardSize : public testing::Test {
 protected:
  // Rounding of the stages of a transform, and of the two of a convolution, over sqrt(size) noise.
  static double limit(std::size_t size) {
    return 40 * static_cast<double>(std::numeric_limits<Real>::epsilon()) *
           std::sqrt(static_cast<double>(size));
  }
};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(AwkwardSize, Precisions);

TYPED_TEST(AwkwardSize, RealTransformIsTheDefinitionAndAllocatesNothing) {
  using Real = TypeParam;
  for (const std::size_t size : kSizes) {
    const auto source = noise<Real>(size);
    AlignedVector<Real> x(size), back(size);
    for (std::size_t i = 0; i < size; ++i) x[i] = source[i].real();
    auto forward = RealFft<Real>::plan(size);
    auto inverse = RealInverseFft<Real>::plan(size);
    ASSERT_TRUE(forward && inverse) << size;
    AlignedVector<Real> in = x;
    AlignedVector<std::complex<Real>> bins(forward->bins());
    const AllocationCount count;
    forward->run(in.data(), bins.data());
    EXPECT_EQ(count.since(), Allocations{}) << size;
    for (const std::size_t k : some_of(bins.size())) {
      EXPECT_LT(std::abs(Value(bins[k]) - slow_bin(x, k, -1)), this->limit(size))
          << size << " " << k;
    }
    const AllocationCount again;
    inverse->run(bins.data(), back.data());
    EXPECT_EQ(again.since(), Allocations{}) << size;
    for (const std::size_t i : some_of(size)) {
      EXPECT_NEAR(back[i] / static_cast<Real>(size), x[i],
                  40 * std::numeric_limits<Real>::epsilon())
          << size << " " << i;
    }
  }
}

TYPED_TEST(AwkwardSize, ComplexTransformIsTheDefinitionAndAllocatesNothing) {
  using Real = TypeParam;
  for (const FftDirection direction : {FftDirection::kForward, FftDirection::kInverse}) {
    for (const std::size_t size : kSizes) {
      const auto x = noise<Real>(size);
      auto in = x;
      AlignedVector<std::complex<Real>> out(size);
      auto fft = ComplexFft<Real>::plan(size, direction);
      ASSERT_TRUE(fft) << size;
      const AllocationCount count;
      fft->run(in.data(), out.data());
      EXPECT_EQ(count.since(), Allocations{}) << size;
      const int sign = direction == FftDirection::kForward ? -1 : 1;
      for (const std::size_t k : some_of(size)) {
        EXPECT_LT(std::abs(Value(out[k]) - slow_bin(x, k, sign)), this->limit(size))
            << size << " " << k;
      }
    }
  }
}

// Planned as in a release build and as in the others, whatever this build is: a measurement may choose
// other ways than the estimate does. Sizes of blocks, and those of two passes through the memory.
template <typename Real>
void expect_no_allocations(PlanEffort effort) {
  const PlanOptions options{.effort = effort, .limit_s = 0.05};
  for (const std::size_t size :
       {2UL,      8UL,      48UL,     60UL,     77UL,      100UL,      256UL,
        930UL,    1000UL,   1024UL,   2048UL,   3000UL,    4096UL,     8192UL,
        10'000UL, 16'384UL, 48'000UL, 65'536UL, 100'000UL, 1UL << 17U, 1UL << 19U}) {
    AlignedVector<std::complex<Real>> in(size, Real{1}), out(size, Real{1});
    for (const FftDirection direction : {FftDirection::kForward, FftDirection::kInverse}) {
      auto fft = ComplexFft<Real>::plan(size, direction, options);
      ASSERT_TRUE(fft) << size;
      const AllocationCount count;
      fft->run(in.data(), out.data());
      EXPECT_EQ(count.since(), Allocations{}) << "complex, " << size;
    }
    auto forward = RealFft<Real>::plan(size, options);
    auto inverse = RealInverseFft<Real>::plan(size, options);
    ASSERT_TRUE(forward && inverse) << size;
    auto* const reals = reinterpret_cast<Real*>(in.data());
    const AllocationCount count;
    forward->run(reals, out.data());
    inverse->run(out.data(), reals);
    EXPECT_EQ(count.since(), Allocations{}) << "real, " << size;
  }
}

TYPED_TEST(AwkwardSize, MeasuredAndEstimatedTransformsAllocateNothing) {
  for (const PlanEffort effort : {PlanEffort::kMeasure, PlanEffort::kEstimate}) {
    SCOPED_TRACE(static_cast<int>(effort));
    expect_no_allocations<TypeParam>(effort);
  }
}

// As FFTW 3.3.10 describes them.
TEST(TakesMemory, KnowsThePlansWhoseBuffersDoNotFitTheStack) {
  using detail::takes_memory;
  constexpr std::string_view kPlain = "(dft-ct-dit/8 (dftw-direct-8/28 \"t1fuv_8_avx\"))";
  constexpr std::string_view kLarge =
      "(dft-vrank>=1-x8/1 (dft-directbuf/66-64-x8 \"n1fv_64_avx\"))";
  constexpr std::string_view kSmall = "(dft-directbuf/34-32-x8 \"n1fv_32_avx\")";
  EXPECT_FALSE(takes_memory(kPlain, 16));
  EXPECT_FALSE(takes_memory(kSmall, 16));
  EXPECT_TRUE(takes_memory(kLarge, 16));
  EXPECT_FALSE(takes_memory(kLarge, 8));
  EXPECT_TRUE(takes_memory(std::string(kSmall) + std::string(kLarge), 16));
  EXPECT_TRUE(takes_memory("(dft-buffered-4096-x32/1-6 ())", 8));
  EXPECT_TRUE(takes_memory("(dftw-genericbuf/10-32-128)", 8));
}

// A plan for 2^19 values in place, without the flags that forbid buffers: FFTW 3.3.10 takes 512 values for each
// of its columns.
fftw_plan plan_with_buffers(int size) {
  AlignedVector<Value> values(static_cast<std::size_t>(size));
  auto* const place = detail::fftw_cast(values.data());
  return fftw_plan_dft_1d(size, place, place, FFTW_FORWARD, FFTW_ESTIMATE);
}

TEST(MakePlan, MakesAnotherWhereTheFirstTakesMemoryAndRefusesASecondThatDoes) {
  constexpr std::size_t kSize = 1U << 19U;
  fftw_plan buffered = plan_with_buffers(kSize);
  ASSERT_TRUE(detail::takes_memory<double>(buffered));
  fftw_destroy_plan(buffered);

  int asked = 0;
  const auto second_is_frugal = [&](int size, unsigned flags) {
    ++asked;
    if (flags != detail::kFrugal) return plan_with_buffers(size);
    Value values[2];
    auto* const place = detail::fftw_cast(values);
    return fftw_plan_dft_1d(1, place, place + 1, FFTW_FORWARD, flags);
  };
  EXPECT_TRUE(detail::make_plan<double>(kSize, {}, second_is_frugal));
  EXPECT_EQ(asked, 2);

  const auto none_is = [](int size, unsigned /*flags*/) { return plan_with_buffers(size); };
  const auto refused = detail::make_plan<double>(kSize, {}, none_is);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInternal);
  EXPECT_NE(to_string(refused.error()).find("524288 values that takes no memory"),
            std::string::npos);
}

TEST(QuickFftSize, IsTheLeastEvenOneOfSmallFactors) {
  EXPECT_EQ(quick_fft_size(1), 2U);
  EXPECT_EQ(quick_fft_size(10), 10U);
  EXPECT_EQ(quick_fft_size(11), 12U);
  EXPECT_EQ(quick_fft_size(1023), 1024U);
  EXPECT_EQ(quick_fft_size(199999), 200000U);
  EXPECT_EQ(quick_fft_size(1025), 1050U);
}

TEST(SmallFactors, AreThoseUpTo31) {
  for (const std::size_t size : {1U, 2U, 31U, 1024U, 3U * 11 * 31})
    EXPECT_TRUE(has_small_factors(size)) << size;
  for (const std::size_t size : {0U, 37U, 74U, 3U * 11 * 41, 65537U})
    EXPECT_FALSE(has_small_factors(size)) << size;
}

}  // namespace
}  // namespace acq
