#include "dsp/math/crossing.h"

#include <gtest/gtest.h>

#include "tests/support/measured.h"

namespace acq::test {
namespace {

TEST(Crossing, LiesOnTheLineBetweenTheTwoSides) {
  const std::vector<double> y = {0, 1, 3, 3, -1};
  EXPECT_EQ(crossing_behind(y, 0, 2.0), 1.5);
  EXPECT_EQ(crossing_behind(y, 2, 2.0), 3.25);
  EXPECT_EQ(crossing_before(y, 4, 2.0), 3.25);
  EXPECT_EQ(crossing_before(y, 3, 2.0), 1.5);
  EXPECT_EQ(crossing_before(y, 1, 2.0), std::nullopt);
  EXPECT_EQ(crossing_behind({}, 0, 2.0), std::nullopt);
}

TEST(Crossing, OfATouchIsNoneAndThroughValuesAtTheLevelIsOne) {
  EXPECT_EQ(crossings_of(std::vector<double>{0, 1, 0}, 1).count, 0U);
  const Crossings through = crossings_of(std::vector<double>{0, 1, 1, 1, 2}, 1);
  EXPECT_EQ(through.count, 1U);
  EXPECT_EQ(through.first, 1.0);
}

TEST(Crossings, TellsFirstLastAndCountOfOneDirection) {
  const std::vector<float> y = {-1, 1, -1, 3, -1};
  const Measured either("crossings", {}, y);
  EXPECT_EQ(either("count"), 4);
  EXPECT_DOUBLE_EQ(either("first"), 0.0005);
  EXPECT_DOUBLE_EQ(either("last"), 0.00375);
  EXPECT_EQ(either.unit("first"), "s");
  const Measured rising("crossings", {{"slope", "rising"}}, y);
  EXPECT_EQ(rising("count"), 2);
  EXPECT_DOUBLE_EQ(rising("last"), 0.00225);
  const Measured falling("crossings", {{"slope", "falling"}, {"level", "500 mV"}}, y, 1000, -1);
  EXPECT_DOUBLE_EQ(falling("first"), -1 + 0.00125);
}

TEST(Crossings, WithoutOneAreInvalidNotANumber) {
  const Measured none("crossings", {{"level", 9.0}}, {1, 2, 1});
  EXPECT_EQ(none("count"), 0);
  EXPECT_EQ(none.why_not("first"), "the record does not cross the level");
  EXPECT_TRUE(std::isnan(none("last")));
  const Measured nan("crossings", {}, {1, NAN, -1});
  EXPECT_EQ(nan.why_not("count"), "a value is not finite");
}

TEST(Crossings, RefusesALevelInAnotherUnitAndAnUnevenAxis) {
  Signal in = records(Kind::kRecord, {{{1, 2}}});
  EXPECT_EQ(refusal("crossings", {{"level", "1 Hz"}}, in.info).where, "level");
  in.info.axis.rule = AxisRule::kLog;
  EXPECT_EQ(refusal("crossings", {}, in.info).allowed, "an even x axis");
  EXPECT_EQ(refusal("crossings", {}, waveform({{1}}).info).allowed, "records or spectra");
}

}  // namespace
}  // namespace acq::test
