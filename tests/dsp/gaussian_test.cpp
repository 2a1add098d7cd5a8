#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

TEST(Gaussian, ResponseToAnImpulseIsTheCurve) {
  std::vector<float> x(60, 0.0F);
  x[30] = 1;
  const Signal out = run("gaussian", {{"sigma", 2.0}}, waveform({x}));
  EXPECT_EQ(out.info.group_delay, (Rational{8, 1}));
  const std::vector<float> y = joined(out);
  const double peak = 1 / (2 * std::sqrt(2 * std::numbers::pi));
  for (int k = -8; k <= 8; ++k) {
    EXPECT_NEAR(y[static_cast<std::size_t>(38 + k)], peak * std::exp(-k * k / 8.0), 2e-5) << k;
  }
}

TEST(Gaussian, TwiceInARowIsOnceWithTheRootOfTheSumOfSquares) {
  std::vector<float> x(200, 0.0F);
  x[100] = 1;
  const Signal in = records(Kind::kRecord, {{x}});
  const Table wide = {{"sigma", 3.0}, {"truncate", 8.0}};
  const Signal twice =
      run("gaussian", {{"sigma", 4.0}, {"truncate", 8.0}}, run("gaussian", wide, in));
  const Signal once = run("gaussian", {{"sigma", 5.0}, {"truncate", 8.0}}, in);
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(twice.pieces[0].samples[0][i], once.pieces[0].samples[0][i], 1e-6);
  }
}

TEST(Gaussian, LeavesAConstantRecordAsItIs) {
  const Signal in = records(Kind::kRecord, {{std::vector<float>(20, 3.0F)}});
  const Signal out = run("gaussian", {{"sigma", 4.0}}, in);
  for (const float y : out.pieces[0].samples[0]) EXPECT_FLOAT_EQ(y, 3);
}

}  // namespace
}  // namespace acq::test
