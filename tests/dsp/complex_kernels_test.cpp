#include "dsp/math/complex_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <limits>
#include <random>
#include <vector>

#include "dsp/math/fir_kernel.h"
#include "tests/support/simd_targets.h"

namespace acq::test {
namespace {

template <typename T>
void products_are_complex_ones() {
  std::mt19937 random(1);
  std::uniform_real_distribution<T> in(-1, 1);
  for (std::size_t count = 0; count < 40; ++count) {
    std::vector<std::complex<T>> x, h, expected;
    for (std::size_t k = 0; k < count; ++k) {
      x.emplace_back(in(random), in(random));
      h.emplace_back(in(random), in(random));
      expected.push_back(x[k] * h[k]);
    }
    multiply(std::span<std::complex<T>>(x), h);
    for (std::size_t k = 0; k < count; ++k) {
      ASSERT_LE(std::abs(x[k] - expected[k]), 4 * std::numeric_limits<T>::epsilon())
          << "value " << k << " of " << count;
    }
  }
}

TEST(ComplexKernels, MultiplyValueByValueAtEveryLength) {
  for_each_instruction_set([] {
    products_are_complex_ones<float>();
    products_are_complex_ones<double>();
  });
}

TEST(FirInner, IsTheSumOverTheTapsAndDoesNotDependOnThePlace) {
  std::mt19937 random(2);
  std::uniform_real_distribution<double> in(-1, 1);
  for_each_instruction_set([&] {
    for (const std::size_t taps : {1U, 2U, 7U, 8U, 9U, 31U, 70U, 300U}) {
      std::vector<double> h(taps), x(taps + 200);
      for (double& v : h) v = in(random);
      for (double& v : x) v = in(random);
      std::vector<double> whole(201);
      fir_inner(x, h, whole.data());
      for (std::size_t i = 0; i < whole.size(); ++i) {
        double sum = 0;
        for (std::size_t j = 0; j < taps; ++j) sum += h[j] * x[i + j];
        ASSERT_NEAR(whole[i], sum, 1e-14 * static_cast<double>(taps))
            << taps << " taps, value " << i;
      }
      for (const std::size_t count : {1U, 5U, 8U, 13U, 64U, 100U}) {
        std::vector<double> part(count + 1, 7.0);
        fir_inner(std::span(x).subspan(33, taps + count - 1), h, part.data());
        EXPECT_EQ(part.back(), 7.0) << "written behind the end";
        for (std::size_t i = 0; i < count; ++i) {
          if (count >= kFirSlack) {
            ASSERT_EQ(part[i], whole[33 + i]) << taps << " taps, " << count;
          }
          ASSERT_NEAR(part[i], whole[33 + i], 1e-14 * static_cast<double>(taps));
        }
      }
    }
  });
}

template <typename Real>
void expect_interleaved(std::size_t count) {
  std::vector<Real> re(count), im(count), re_back(count), im_back(count);
  for (std::size_t i = 0; i < count; ++i) {
    re[i] = static_cast<Real>(i);
    im[i] = -static_cast<Real>(i) - Real{0.5};
  }
  std::vector<std::complex<Real>> z(count);
  interleave(re.data(), im.data(), std::span(z));
  for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(z[i], std::complex<Real>(re[i], im[i])) << i;
  deinterleave(std::span<const std::complex<Real>>(z), re_back.data(), im_back.data());
  EXPECT_EQ(re_back, re);
  EXPECT_EQ(im_back, im);
}

TEST(Interleave, PutsPartsTogetherAndApartAtEveryLength) {
  for_each_instruction_set([] {
    for (std::size_t count = 0; count < 70; ++count) {
      expect_interleaved<float>(count);
      expect_interleaved<double>(count);
    }
  });
}

TEST(LogMagnitudes, AreThoseOfTheLibraryOverTheWholeRange) {
  for_each_instruction_set([] {
    std::mt19937_64 random(3);
    std::uniform_real_distribution<double> exponent(-320, 307), turn(0, 7);
    std::vector<std::complex<double>> z = {0, 1, -1, {0, 1}, 1e308, {1e308, 1e308}, 5e-324, 1e-150};
    while (z.size() < 2000) {
      const double power = z.size() % 2 == 0 ? exponent(random) : exponent(random) / 100;
      z.push_back(std::polar(std::pow(10.0, power), turn(random)));
    }
    z.push_back(std::numeric_limits<double>::quiet_NaN());
    std::vector<std::complex<double>> levels = z;
    log_magnitudes(levels, 1e-150, 0.5);
    for (std::size_t i = 0; i + 1 < z.size(); ++i) {
      const double expected = 0.5 * std::log(std::max(std::abs(z[i]), 1e-150));
      ASSERT_NEAR(levels[i].real(), expected, 4e-16 * (1 + std::abs(expected))) << z[i];
      ASSERT_EQ(levels[i].imag(), 0);
    }
    EXPECT_TRUE(std::isnan(levels.back().real()));
  });
}

}  // namespace
}  // namespace acq::test
