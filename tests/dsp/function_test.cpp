#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(Function, EveryOperationIsWhatItsNameSays) {
  const auto of = [](const char* op, std::vector<float> x) {
    return joined(run("function", {{"op", op}}, waveform({std::move(x)})));
  };
  EXPECT_EQ(of("abs", {-2, 3, -kInfinity}), (std::vector<float>{2, 3, kInfinity}));
  EXPECT_EQ(of("sqrt", {4, 0.25}), (std::vector<float>{2, 0.5}));
  EXPECT_EQ(of("log10", {1, 100, 0, kInfinity}), (std::vector<float>{0, 2, -kInfinity, kInfinity}));
  EXPECT_EQ(of("exp", {0, -kInfinity, 100}), (std::vector<float>{1, 0, kInfinity}));
  EXPECT_EQ(of("inverse", {2, 0, kInfinity}), (std::vector<float>{0.5, kInfinity, 0}));
  EXPECT_EQ(of("power", {3, -0.5}), (std::vector<float>{9, 0.25}));
}

TEST(Function, RootAndLogarithmOfNegativeNumbersAreNan) {
  for (const char* op : {"sqrt", "log10"}) {
    const std::vector<float> y = joined(run("function", {{"op", op}}, waveform({{-1, 1, kNan}})));
    EXPECT_TRUE(std::isnan(y[0]) && std::isfinite(y[1]) && std::isnan(y[2])) << op;
  }
}

TEST(Function, AsDataLabInverseOfZeroIsNan) {
  const Table params = {{"op", "inverse"}, {"definition", "datalab"}};
  EXPECT_TRUE(std::isnan(joined(run("function", params, waveform({{0}})))[0]));
}

TEST(Function, UnitsFollowWhereTheyCan) {
  const auto unit = [](Table params) {
    return run("function", params, waveform({{1}}, 1000, "V")).info.channels[0].unit;
  };
  EXPECT_EQ(unit({{"op", "abs"}}), "V");
  EXPECT_EQ(unit({{"op", "inverse"}}), "1/V");
  EXPECT_EQ(unit({{"op", "power"}}), "V2");
  EXPECT_EQ(unit({{"op", "power"}, {"exponent", 3.0}}), "(V)3");
  EXPECT_EQ(unit({{"op", "log10"}}), "1");
  EXPECT_EQ(unit({{"op", "exp"}, {"unit", "mbar"}}), "mbar");
}

TEST(Function, MarksFollowTheFunction) {
  Signal in = waveform({{1, 2}});
  in.pieces[0].triggers = {{0.5, 0, true, 4}, {0.75, 0, true, -2}};
  Signal out = run("function", {{"op", "inverse"}}, in);
  EXPECT_EQ(out.pieces[0].triggers[0].level, 0.25);
  EXPECT_FALSE(out.pieces[0].triggers[0].is_rising);
  out = run("function", {{"op", "abs"}}, in);
  EXPECT_TRUE(out.pieces[0].triggers[0].is_rising);
  EXPECT_EQ(out.pieces[0].triggers[1].level, 2);
  EXPECT_FALSE(out.pieces[0].triggers[1].is_rising);
}

TEST(Function, RefusesAnExponentOfAnotherOperation) {
  const Error error = refusal("function", {{"op", "exp"}, {"exponent", 2.0}}, waveform({{1}}).info);
  EXPECT_EQ(error.code, Code::kInvalid);
  EXPECT_NE(error.where.find("exponent"), std::string::npos);
}

}  // namespace
}  // namespace acq::test
