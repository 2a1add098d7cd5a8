#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

const std::vector<float> kBroken = {kNan, 1, kNan, -kInfinity, 4, kInfinity};

TEST(ReplaceNonFinite, ZeroConstantAndHold) {
  const auto by = [](Table params) {
    return joined(run("replace_non_finite", params, waveform({kBroken})));
  };
  EXPECT_EQ(by({}), (std::vector<float>{0, 1, 0, 0, 4, 0}));
  EXPECT_EQ(by({{"method", "constant"}, {"constant", 7.0}}),
            (std::vector<float>{7, 1, 7, 7, 4, 7}));
  EXPECT_EQ(by({{"method", "hold"}, {"constant", 7.0}}), (std::vector<float>{7, 1, 1, 1, 4, 4}));
}

TEST(ReplaceNonFinite, OnlyWhatIsNamed) {
  const std::vector<float> y =
      joined(run("replace_non_finite", {{"what", "infinite"}}, waveform({kBroken})));
  EXPECT_TRUE(std::isnan(y[0]) && std::isnan(y[2]));
  EXPECT_EQ(y[3], 0);
  EXPECT_EQ(y[5], 0);
}

TEST(ReplaceNonFinite, LinearInARecordGoesBetweenItsNeighbours) {
  const Signal in = records(Kind::kRecord, {{{kNan, 2, kNan, kNan, 8, kInfinity}}});
  const Signal out = run("replace_non_finite", {{"method", "linear"}}, in);
  EXPECT_EQ(out.pieces[0].samples[0], (std::vector<float>{2, 2, 4, 6, 8, 8}));
}

TEST(ReplaceNonFinite, HoldsNothingOverAGapUnlessAsked) {
  const Signal in = with_gap(waveform({{5, 1, 1, kNan}}), 1, 2);
  EXPECT_EQ(joined(run("replace_non_finite", {{"method", "hold"}}, in)),
            (std::vector<float>{5, 0}));
  EXPECT_EQ(joined(run("replace_non_finite", {{"method", "hold"}, {"on_gap", "hold"}}, in)),
            (std::vector<float>{5, 5}));
}

TEST(ReplaceNonFinite, GivesTheSameHoweverTheBrokenSignalIsCut) {
  std::vector<float> x = noise(2000, 5);
  for (std::size_t i = 0; i < x.size(); i += 3) x[i] = i % 2 == 0 ? kNan : kInfinity;
  expect_same_for_any_cut("replace_non_finite", {{"method", "hold"}}, waveform({x}));
}

TEST(ReplaceNonFinite, RefusesLinearOfAWaveform) {
  const Error error = refusal("replace_non_finite", {{"method", "linear"}}, waveform({{1}}).info);
  EXPECT_EQ(error.code, Code::kInvalid);
  EXPECT_NE(error.where.find("method"), std::string::npos);
}

}  // namespace
}  // namespace acq::test
