#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(Clip, LimitsBothSidesAndLeavesNan) {
  const std::vector<float> y = joined(run("clip", {{"lower", -1.0}, {"upper", "500 mV"}},
                                          waveform({{-3, 0, 0.75, kInfinity, kNan}}, 1000, "V")));
  EXPECT_EQ(std::vector<float>(y.begin(), y.end() - 1), (std::vector<float>{-1, 0, 0.5, 0.5}));
  EXPECT_TRUE(std::isnan(y[4]));
}

TEST(Clip, LeavesTheOtherSideOpen) {
  EXPECT_EQ(joined(run("clip", {{"lower", 0.0}}, waveform({{-3, 9}}))), (std::vector<float>{0, 9}));
}

TEST(Clip, RefusesNoLimitAndCrossedLimits) {
  EXPECT_EQ(refusal("clip", {}, waveform({{1}}).info).code, Code::kInvalid);
  const Error crossed = refusal("clip", {{"lower", 2.0}, {"upper", 1.0}}, waveform({{1}}).info);
  EXPECT_EQ(crossed.code, Code::kInvalid);
  EXPECT_NE(crossed.where.find("lower"), std::string::npos);
}

}  // namespace
}  // namespace acq::test
