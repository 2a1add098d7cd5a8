#include <gtest/gtest.h>

#include "tests/support/measured.h"

namespace acq::test {
namespace {

TEST(ValueAt, LiesOnTheLineBetweenTheNeighbours) {
  const std::vector<float> y = {2, 4, -1};
  EXPECT_DOUBLE_EQ(Measured("value_at", {{"x", 0.0}}, y)("value"), 2);
  EXPECT_DOUBLE_EQ(Measured("value_at", {{"x", "0.25 ms"}}, y)("value"), 2.5);
  EXPECT_NEAR(Measured("value_at", {{"x", 0.0018}}, y)("value"), 0, 1e-12);
  EXPECT_DOUBLE_EQ(Measured("value_at", {{"x", 0.002}}, y)("value"), -1);
  EXPECT_NEAR(Measured("value_at", {{"x", 10.001}}, y, 1000, 10)("value"), 4, 1e-9);
}

TEST(ValueAt, OutsideTheRecordIsInvalid) {
  for (const double x : {-1e-5, 0.00201, 1e9}) {
    EXPECT_EQ(Measured("value_at", {{"x", x}}, {1, 2, 3}).why_not("value"),
              "x lies outside the record");
  }
}

TEST(ValueAt, NeedsAnXInTheUnitOfTheAxis) {
  const SignalInfo in = records(Kind::kSpectrum, {{{1, 2, 3}}}).info;
  EXPECT_EQ(refusal("value_at", {}, in).where, "value_at.x");
  EXPECT_EQ(refusal("value_at", {{"x", "1 ms"}}, in).where, "x");
  EXPECT_EQ(refusal("value_at", {{"x", "1 kHz"}}, in).code, Code::kOk);
}

}  // namespace
}  // namespace acq::test
