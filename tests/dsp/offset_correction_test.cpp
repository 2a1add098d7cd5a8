#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

Signal record() {
  Signal in = records(Kind::kRecord, {{{1, 3, 10, 20}}}, 1000);
  in.info.axis = {"time", "s", AxisRule::kLinear, -0.002, 0.001};
  return in;
}

TEST(OffsetCorrection, SubtractsTheMeanOfAPart) {
  const auto y = run("offset_correction", {{"from", -0.002}, {"to", 0.0}}, record());
  EXPECT_EQ(y.pieces[0].samples[0], (std::vector<float>{-1, 1, 8, 18}));
  const auto behind = run("offset_correction", {{"from", 0.0}}, record());
  EXPECT_EQ(behind.pieces[0].samples[0], (std::vector<float>{-14, -12, -5, 5}));
}

TEST(OffsetCorrection, RefusesAPartWithoutSamples) {
  const Error error = refusal("offset_correction", {{"from", 0.5}, {"to", 0.6}}, record().info);
  EXPECT_EQ(error.code, Code::kInvalid);
  EXPECT_NE(error.where.find("from"), std::string::npos);
  EXPECT_FALSE(error.allowed.empty());
}

}  // namespace
}  // namespace acq::test
