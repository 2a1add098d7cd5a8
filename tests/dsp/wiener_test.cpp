#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

TEST(Wiener, KeepsWhatStandsOutAndAveragesWhatDoesNot) {
  std::vector<float> x = noise(200, 7);
  for (float& value : x) value *= 0.01F;
  x[100] += 50;
  const auto y = run("wiener", {{"length", 5.0}, {"noise", 4e-5}}, records(Kind::kRecord, {{x}}));
  const std::vector<float>& smooth = y.pieces[0].samples[0];
  EXPECT_NEAR(smooth[100], 50, 0.02);
  double before = 0, after = 0;
  for (std::size_t i = 10; i < 90; ++i) {
    before += static_cast<double>(x[i]) * static_cast<double>(x[i]);
    after += static_cast<double>(smooth[i]) * static_cast<double>(smooth[i]);
  }
  EXPECT_LT(after, 0.5 * before);
}

TEST(Wiener, WithoutNoiseLeavesTheRecordAsItIs) {
  const std::vector<float> x = noise(50, 1);
  const auto y = run("wiener", {{"noise", 0.0}}, records(Kind::kRecord, {{x}}));
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_FLOAT_EQ(y.pieces[0].samples[0][i], x[i]);
}

TEST(Wiener, RefusesAnEvenLength) {
  EXPECT_EQ(refusal("wiener", {{"length", 2.0}}, records(Kind::kRecord, {{{1, 2}}}).info).where,
            "length");
}

}  // namespace
}  // namespace acq::test
