#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(Integral, OfAConstantIsARamp) {
  const Signal out = run("integral", {}, waveform({std::vector<float>(500, 2.0F)}, 100, "V"));
  const std::vector<float> y = joined(out);
  for (std::size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(y[i], 0.02 * static_cast<double>(i), 1e-6);
  EXPECT_EQ(out.info.channels[0].unit, "V.s");
}

TEST(Integral, UndoesTheDerivativeOfALine) {
  std::vector<float> x(100);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 3 * static_cast<float>(i);
  const Signal slope = run("derivative", {}, records(Kind::kRecord, {{x}}));
  const std::vector<float> y = run("integral", {}, slope).pieces[0].samples[0];
  for (std::size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(y[i], x[i], 1e-4);
}

TEST(Integral, DoesNotDriftOverManySmallSteps) {
  Rig rig("integral", {}, waveform({std::vector<float>(10000, 0.1F)}, 1).info);
  Piece piece = waveform({std::vector<float>(10000, 0.1F)}, 1).pieces[0];
  double last = 0;
  for (int i = 0; i < 300; ++i) {
    last = static_cast<double>(rig.push(piece).at(0).samples[0].back());
    piece.first_index += piece.count();
  }
  const double exact = 2999999 * static_cast<double>(0.1F);
  EXPECT_NEAR(last, exact, 1.2e-7 * exact);
}

TEST(Integral, PassesOverSamplesThatAreNotFinite) {
  const std::vector<float> y =
      joined(run("integral", {}, waveform({{1, 1, kNan, 1, 1, kInfinity, 1, 1}}, 1)));
  EXPECT_EQ(y[1], 1);
  EXPECT_TRUE(std::isnan(y[2]) && std::isnan(y[5]));
  EXPECT_EQ(y[3], 1);
  EXPECT_EQ(y[4], 2);
  EXPECT_EQ(y[7], 3);
}

TEST(Integral, StartsFromZeroBehindAGapUnlessAsked) {
  const Signal in = with_gap(waveform({{1, 1, 1, 1, 1, 1}}, 1), 2, 1);
  EXPECT_EQ(joined(run("integral", {}, in)), (std::vector<float>{0, 1, 0, 1, 2}));
  EXPECT_EQ(joined(run("integral", {{"on_gap", "hold"}}, in)), (std::vector<float>{0, 1, 2, 3, 4}));
}

}  // namespace
}  // namespace acq::test
