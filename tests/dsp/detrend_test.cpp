#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

TEST(Detrend, OfAStraightLineLeavesNothing) {
  std::vector<float> x(64);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 7 - 0.5F * static_cast<float>(i);
  const Signal in = records(Kind::kRecord, {{x}});
  const std::vector<float> none = run("detrend", {}, in).pieces[0].samples[0];
  for (const float value : none) EXPECT_NEAR(value, 0, 1e-5);
  const std::vector<float> y = run("detrend", {{"trend", "constant"}}, in).pieces[0].samples[0];
  EXPECT_NEAR(y[0], 0.25 * 63, 1e-6);
  EXPECT_NEAR(y[63], -0.25 * 63, 1e-6);
}

TEST(Detrend, OfALineAndSomethingIsThatOfTheSomething) {
  std::vector<float> x = noise(100, 3), tilted = x;
  for (std::size_t i = 0; i < x.size(); ++i) tilted[i] += 2 + 0.25F * static_cast<float>(i);
  const auto y = run("detrend", {}, records(Kind::kRecord, {{x}, {tilted}}));
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(y.pieces[0].samples[0][i], y.pieces[1].samples[0][i], 1e-5);
  }
}

TEST(Detrend, RefusesAWaveform) {
  EXPECT_EQ(refusal("detrend", {}, waveform({{1}}).info).code, Code::kInvalid);
}

}  // namespace
}  // namespace acq::test
