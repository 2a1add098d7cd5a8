#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(Derivative, OfAParabolaIsTheStraightLineOneSampleLate) {
  std::vector<float> x(50);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * i);
  const Signal out = run("derivative", {}, waveform({x}, 100, "V"));
  const std::vector<float> y = joined(out);
  EXPECT_EQ(y[0], 0);
  EXPECT_NEAR(y[1], 100, 1e-3);
  for (std::size_t i = 2; i < y.size(); ++i)
    EXPECT_NEAR(y[i], 200.0 * static_cast<double>(i - 1), 1e-2);
  EXPECT_EQ(out.info.channels[0].unit, "V/s");
  EXPECT_EQ(out.info.group_delay, (Rational{1, 1}));
}

TEST(Derivative, OfARecordIsOnTheSpot) {
  Signal in = records(Kind::kRecord, {{{0, 1, 4, 9}}}, 1000, "V");
  in.info.axis.step = 0.5;
  EXPECT_EQ(run("derivative", {}, in).pieces[0].samples[0], (std::vector<float>{2, 4, 8, 10}));
}

TEST(Derivative, StartsAnewBehindAGap) {
  const Signal in = with_gap(waveform({{0, 1, 2, 3, 100, 101, 102}}, 1), 3, 1);
  EXPECT_EQ(joined(run("derivative", {}, in)), (std::vector<float>{0, 1, 1, 0, 1, 1}));
}

TEST(Derivative, NanReachesTwoOutputs) {
  const std::vector<float> y = joined(run("derivative", {}, waveform({{1, 2, kNan, 4, 5, 6}}, 1)));
  EXPECT_TRUE(std::isnan(y[2]) && std::isnan(y[4]));
  EXPECT_TRUE(std::isfinite(y[3]) && std::isfinite(y[5]));
}

TEST(Derivative, RefusesAnAxisThatIsNotLinear) {
  Signal in = records(Kind::kSpectrum, {{{0, 1}}});
  in.info.axis.rule = AxisRule::kLog;
  EXPECT_EQ(refusal("derivative", {}, in.info).code, Code::kInvalid);
}

}  // namespace
}  // namespace acq::test
