#include "dsp/math/pair_power.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "dsp/math/fft.h"
#include "tests/support/block_harness.h"
#include "tests/support/simd_targets.h"

namespace acq::test {
namespace {

// |A[k]|^2 + |B[k]|^2 two-sided as |Z[k]|^2, by FFTW in float64.
std::vector<double> reference(const std::vector<float>& a, double mean_a,
                              const std::vector<float>& b, double mean_b,
                              const std::vector<float>& window) {
  auto fft = *ComplexFft<double>::plan(a.size(), FftDirection::kForward);
  AlignedVector<std::complex<double>> z(a.size());
  AlignedVector<std::complex<double>> out(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double w = window[i];
    z[i] = {(static_cast<double>(a[i]) - mean_a) * w, (static_cast<double>(b[i]) - mean_b) * w};
  }
  fft.run(z.data(), out.data());
  std::vector<double> power;
  for (const std::complex<double>& bin : out) power.push_back(std::norm(bin));
  return power;
}

TEST(PairPower, IsThePowerOfTheTransformForEverySize) {
  for_each_instruction_set([] {
    for (std::size_t size = PairPower::kMinSize; size <= PairPower::kMaxSize; size *= 2) {
      const std::vector<float> a = noise(size, 1);
      const std::vector<float> b = noise(size, 2);
      const std::vector<float> window = noise(size, 3);
      const std::vector<double> expected = reference(a, 0.25, b, -0.5, window);
      PairPower transform(window);
      AlignedVector<float> power(size, 1.0F);
      transform.add(a.data(), 0.25F, b.data(), -0.5F, power.data());
      // Noise has a mean power near size / 5 in each bin; rounding errors of log2(size) levels of
      // float32 butterflies add up to less than eps sqrt(log2 size) of the amplitude, so 2e-6 of
      // the mean power leaves room for large bins.
      const double limit = 2e-6 * static_cast<double>(size);
      for (std::size_t k = 0; k < size; ++k) {
        ASSERT_NEAR(power[transform.place_of(k)] - 1, expected[k], limit) << size << " bin " << k;
      }
    }
  });
}

TEST(PairPower, AddsToWhatIsThere) {
  const std::size_t size = 512;
  const std::vector<float> x = noise(size, 1);
  PairPower transform(std::vector<float>(size, 1.0F));
  AlignedVector<float> once(size);
  AlignedVector<float> thrice(size);
  transform.add(x.data(), 0, x.data(), 0, once.data());
  for (int i = 0; i < 3; ++i) transform.add(x.data(), 0, x.data(), 0, thrice.data());
  for (std::size_t i = 0; i < size; ++i) EXPECT_NEAR(thrice[i], 3 * once[i], 1e-6 * thrice[i]);
}

TEST(PairPower, AnImpulseHasTheSamePowerInEveryBin) {
  for_each_instruction_set([] {
    const std::size_t size = 1024;
    for (const std::size_t at : {0U, 1U, 17U, 1023U}) {
      std::vector<float> a(size);
      a[at] = 3;
      const std::vector<float> b(size);
      PairPower transform(std::vector<float>(size, 1.0F));
      AlignedVector<float> power(size);
      transform.add(a.data(), 0, b.data(), 0, power.data());
      for (const float bin : power) ASSERT_NEAR(bin, 9, 9 * 1e-6);
    }
  });
}

TEST(PairPower, SuitsPowersOfTwoOnly) {
  EXPECT_TRUE(PairPower::suits(256));
  EXPECT_TRUE(PairPower::suits(65536));
  for (const std::size_t size : {0U, 1U, 128U, 255U, 257U, 1000U, 131072U}) {
    EXPECT_FALSE(PairPower::suits(size)) << size;
  }
}

TEST(PairPower, EveryBinHasItsOwnPlace) {
  for (std::size_t size = PairPower::kMinSize; size <= PairPower::kMaxSize; size *= 2) {
    const PairPower transform(std::vector<float>(size, 1.0F));
    std::vector<bool> taken(size);
    for (std::size_t k = 0; k < size; ++k) {
      ASSERT_LT(transform.place_of(k), size);
      ASSERT_FALSE(taken[transform.place_of(k)]);
      taken[transform.place_of(k)] = true;
    }
  }
}

}  // namespace
}  // namespace acq::test
