#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

TEST(Cepstrum, AnEchoIsALineAtItsDelay) {
  std::vector<float> x = noise(1024, 8), y = x;
  constexpr std::size_t kLag = 100;
  for (std::size_t i = 0; i < x.size(); ++i) y[i] += 0.5F * x[(i + 1024 - kLag) % 1024];
  const Signal out = run("cepstrum", {}, records(Kind::kRecord, {{y}}));
  const std::vector<float>& c = out.pieces[0].samples[0];
  ASSERT_EQ(c.size(), 513U);
  const auto peak = std::max_element(c.begin() + 20, c.end());
  EXPECT_EQ(peak - c.begin(), static_cast<std::ptrdiff_t>(kLag));
  EXPECT_EQ(out.info.axis.name, "quefrency");
  EXPECT_EQ(out.info.axis.step, 0.001);
}

TEST(Cepstrum, OfAnImpulseIsNothingButItsLogarithm) {
  std::vector<float> x(64, 0.0F);
  x[0] = 5;
  const std::vector<float> c =
      run("cepstrum", {}, records(Kind::kRecord, {{x}})).pieces[0].samples[0];
  EXPECT_FLOAT_EQ(c[0], static_cast<float>(std::log(5.0)));
  for (std::size_t i = 1; i < c.size(); ++i) EXPECT_NEAR(c[i], 0, 1e-7);
}

}  // namespace
}  // namespace acq::test
