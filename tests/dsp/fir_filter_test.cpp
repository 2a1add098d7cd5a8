#include "dsp/math/fir.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "tests/support/block_harness.h"
#include "tests/support/simd_targets.h"

namespace acq {
namespace {

constexpr std::uint64_t kSeed = 20240702;

std::vector<double> random_taps(std::size_t count) {
  const std::vector<float> values = test::noise(count, kSeed + count);
  return {values.begin(), values.end()};
}

// The definition, in float64, with the size its rounding errors are measured against.
struct Expected {
  double value = 0;
  double size = 0;
};
Expected expected_at(const std::vector<float>& x, const std::vector<double>& taps, std::size_t n) {
  Expected sum;
  for (std::size_t k = 0; k < taps.size() && k <= n; ++k) {
    const double product = static_cast<double>(static_cast<float>(taps[k])) * x[n - k];
    sum.value += product;
    sum.size += std::abs(product);
  }
  return sum;
}

std::vector<float> filtered(FirFilter filter, const std::vector<float>& x,
                            const std::vector<std::size_t>& lengths) {
  std::vector<float> y = x;
  std::size_t at = 0;
  for (std::size_t i = 0; at < y.size(); ++i) {
    const std::size_t count = std::min(lengths[i % lengths.size()], y.size() - at);
    filter.run(y.data() + at, count, y.data() + at);
    at += count;
  }
  return y;
}

TEST(FirFilter, IsTheDefinitionForEveryNumberOfTapsAndInstructionSet) {
  test::for_each_instruction_set([] {
    for (const std::size_t taps : {1U, 2U, 15U, 16U, 17U, 63U, 64U, 65U, 129U, 200U}) {
      const std::vector<double> h = random_taps(taps);
      const std::vector<float> x = test::noise(700, kSeed);
      const std::vector<float> y = filtered(FirFilter(h, 700), x, {700});
      for (std::size_t n = 0; n < x.size(); ++n) {
        const Expected e = expected_at(x, h, n);
        ASSERT_NEAR(y[n], e.value, e.size * 0x1p-24 * static_cast<double>(taps) + 1e-30)
            << taps << " taps, output " << n;
      }
    }
  });
}

TEST(FirFilter, DoesNotDependOnHowTheInputIsCut) {
  test::for_each_instruction_set([] {
    const std::vector<double> h = random_taps(77);
    const std::vector<float> x = test::noise(3000, kSeed);
    const std::vector<float> whole = filtered(FirFilter(h, 3000), x, {3000});
    EXPECT_EQ(filtered(FirFilter(h, 3000), x, {1}), whole);
    EXPECT_EQ(filtered(FirFilter(h, 3000), x, {5, 256, 1, 130, 17}), whole);
  });
}

TEST(FirFilter, NanReachesExactlyAsManyOutputsAsThereAreTaps) {
  test::for_each_instruction_set([] {
    for (const std::size_t taps : {1U, 5U, 16U, 31U, 64U, 70U}) {
      std::vector<float> x(400, 1.0F);
      x[123] = std::numeric_limits<float>::quiet_NaN();
      const std::vector<float> y = filtered(FirFilter(random_taps(taps), 400), x, {400});
      for (std::size_t n = 0; n < y.size(); ++n) {
        EXPECT_EQ(std::isnan(y[n]), n >= 123 && n < 123 + taps) << taps << " taps, output " << n;
      }
    }
  });
}

TEST(FirFilter, AdoptGoesOnWithTheSamplesSeen) {
  const std::vector<double> h = random_taps(40);
  const std::vector<float> x = test::noise(200, kSeed);
  const std::vector<float> whole = filtered(FirFilter(h, 200), x, {200});
  FirFilter before(random_taps(60), 200);
  std::vector<float> y = x;
  before.run(x.data(), 90, y.data());
  FirFilter after(h, 200);
  after.adopt(before);
  after.run(x.data() + 90, 110, y.data() + 90);
  EXPECT_TRUE(std::equal(y.begin() + 90, y.end(), whole.begin() + 90));
}

std::vector<float> decimated(FirDecimator decimator, const std::vector<float>& x,
                             std::uint64_t first_index, const std::vector<std::size_t>& lengths) {
  std::vector<float> y;
  std::size_t at = 0;
  for (std::size_t i = 0; at < x.size(); ++i) {
    const std::size_t count = std::min(lengths[i % lengths.size()], x.size() - at);
    std::vector<float> piece(x.begin() + static_cast<std::ptrdiff_t>(at),
                             x.begin() + static_cast<std::ptrdiff_t>(at + count));
    const std::size_t made = decimator.run(piece.data(), count, first_index + at, piece.data());
    y.insert(y.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(made));
    at += count;
  }
  return y;
}

TEST(FirDecimator, KeepsTheOutputsOfTheFilterAtMultiplesOfTheFactor) {
  test::for_each_instruction_set([] {
    for (const std::size_t factor : {1U, 2U, 3U, 4U, 5U, 8U, 16U, 17U, 40U}) {
      for (const std::size_t taps : {1U, 3U, 64U, 129U}) {
        for (const std::uint64_t first_index : {0U, 7U, 1000003U}) {
          const std::vector<double> h = random_taps(taps);
          const std::vector<float> x = test::noise(700, kSeed);
          const FirDecimator decimator(h, factor, 700);
          const std::vector<float> y = decimated(decimator, x, first_index, {700});
          std::size_t made = 0;
          for (std::size_t n = 0; n < x.size(); ++n) {
            if ((first_index + n) % factor != 0) continue;
            ASSERT_LT(made, y.size());
            const Expected e = expected_at(x, h, n);
            ASSERT_NEAR(y[made], e.value, e.size * 0x1p-24 * static_cast<double>(taps) + 1e-30)
                << "factor " << factor << ", " << taps << " taps, input " << n;
            ++made;
          }
          EXPECT_EQ(made, y.size());
          EXPECT_EQ(decimated(decimator, x, first_index, {1, 3, 300, 64}), y);
        }
      }
    }
  });
}

TEST(FirDecimator, NanReachesOnlyTheOutputsThatMeetIt) {
  test::for_each_instruction_set([] {
    for (const std::size_t factor : {3U, 4U, 20U}) {
      std::vector<float> x(600, 1.0F);
      x[301] = std::numeric_limits<float>::quiet_NaN();
      const std::vector<float> y =
          decimated(FirDecimator(random_taps(50), factor, 600), x, 0, {600});
      for (std::size_t i = 0; i < y.size(); ++i) {
        const std::size_t n = i * factor;
        EXPECT_EQ(std::isnan(y[i]), n >= 301 && n < 351) << "factor " << factor << " output " << i;
      }
    }
  });
}

}  // namespace
}  // namespace acq
