#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

Signal two_by_two() {
  Signal in = waveform({{1, 2}, {3, -4}, {10, 20}, {0.5, -8}});
  in.info.channels[1].unit = "A";
  in.info.channels[3].unit = "A";
  return in;
}

TEST(Math, KeepsACalibrationOnlyWhereBothInputsHaveIt) {
  Signal in = waveform({{1}, {2}, {3}, {4}});
  in.info.channels[0].calibration = in.info.channels[2].calibration = {.id = "K-17", .hash = 1};
  in.info.channels[1].calibration = {.id = "K-18", .hash = 2};
  const Signal out = run("math", {{"op", "add"}}, in);
  EXPECT_EQ(out.info.channels[0].calibration.id, "K-17");
  EXPECT_EQ(out.info.channels[1].calibration, Calibration{});
}

TEST(Math, TakesTheFirstHalfOfTheChannelsAsAAndTheOtherAsB) {
  const Signal out = run("math", {{"op", "subtract"}}, two_by_two());
  ASSERT_EQ(out.info.channels.size(), 2U);
  EXPECT_EQ(joined(out, 0), (std::vector<float>{-9, -18}));
  EXPECT_EQ(joined(out, 1), (std::vector<float>{2.5, 4}));
  EXPECT_EQ(out.info.channels[0].id, "ch1");
  EXPECT_EQ(out.info.channels[0].label, "ch1 - ch3");
  EXPECT_EQ(out.info.channels[1].unit, "A");
  EXPECT_EQ(out.info.channels[0].range_min, -2);
  EXPECT_EQ(out.info.channels[0].range_max, 2);
}

TEST(Math, EveryOperationIsWhatItsNameSays) {
  const Signal in = waveform({{6, -3}, {2, 4}});
  const auto first = [&](const char* op) { return joined(run("math", {{"op", op}}, in)); };
  EXPECT_EQ(first("add"), (std::vector<float>{8, 1}));
  EXPECT_EQ(first("multiply"), (std::vector<float>{12, -12}));
  EXPECT_EQ(first("divide"), (std::vector<float>{3, -0.75}));
  EXPECT_EQ(first("abs_difference"), (std::vector<float>{4, 7}));
  EXPECT_EQ(first("minimum"), (std::vector<float>{2, -3}));
  EXPECT_EQ(first("maximum"), (std::vector<float>{6, 4}));
  EXPECT_EQ(first("mean"), (std::vector<float>{4, 0.5}));
  EXPECT_NEAR(first("ratio_db")[0], 20 * std::log10(3.0), 1e-5);
  EXPECT_NEAR(first("ratio_db")[1], 20 * std::log10(0.75), 1e-5);
}

TEST(Math, MeanAndSumTakeAnyNumberOfInputs) {
  const Signal in = waveform({{1}, {2}, {6}});
  EXPECT_EQ(joined(run("math", {{"op", "add"}, {"inputs", 3.0}}, in)), std::vector<float>{9});
  EXPECT_EQ(joined(run("math", {{"op", "mean"}, {"inputs", 3.0}}, in)), std::vector<float>{3});
}

TEST(Math, UnitsFollowTheOperation) {
  const auto unit = [](const char* op, const char* a, const char* b) {
    Signal in = waveform({{1}, {1}});
    in.info.channels[0].unit = a;
    in.info.channels[1].unit = b;
    return run("math", {{"op", op}}, in).info.channels.at(0).unit;
  };
  EXPECT_EQ(unit("multiply", "V", "V"), "V2");
  EXPECT_EQ(unit("multiply", "V", "A"), "V.A");
  EXPECT_EQ(unit("multiply", "V", "1"), "V");
  EXPECT_EQ(unit("multiply", "m/s", "kg"), "(m/s).kg");
  EXPECT_EQ(unit("divide", "V", "A"), "V/A");
  EXPECT_EQ(unit("divide", "V", "V"), "1");
  EXPECT_EQ(unit("divide", "1", "s"), "1/s");
  EXPECT_EQ(unit("divide", "V", "m/s"), "V/(m/s)");
  EXPECT_EQ(unit("ratio_db", "V", "V"), "dB");
  EXPECT_EQ(unit("add", "Pa", "Pa"), "Pa");
}

TEST(Math, OverrangeOfBothInputsReachesTheResult) {
  Signal in = two_by_two();
  in.pieces[0].overrange_low = 0b0001;   // A of channel 0
  in.pieces[0].overrange_high = 0b1000;  // B of channel 1
  const Signal sum = run("math", {{"op", "add"}}, in);
  EXPECT_EQ(sum.pieces[0].overrange_low, 0b01U);
  EXPECT_EQ(sum.pieces[0].overrange_high, 0b10U);
  const Signal difference = run("math", {{"op", "subtract"}}, in);
  EXPECT_EQ(difference.pieces[0].overrange_low, 0b11U);
  EXPECT_EQ(difference.pieces[0].overrange_high, 0U);
  const Signal product = run("math", {{"op", "multiply"}}, in);
  EXPECT_EQ(product.pieces[0].overrange_low, 0b11U);
  EXPECT_EQ(product.pieces[0].overrange_high, 0b11U);
}

TEST(Math, MarksAreCountedInTheChannelsThatAreLeft) {
  Signal in = two_by_two();
  in.pieces[0].triggers = {{.position = 1, .channel = 3, .is_rising = true, .level = 2}};
  const Signal out = run("math", {{"op", "add"}}, in);
  ASSERT_EQ(out.pieces[0].triggers.size(), 1U);
  EXPECT_EQ(out.pieces[0].triggers[0].channel, 1U);
}

TEST(Math, WorksOnSpectraToo) {
  const Signal in = records(Kind::kSpectrum, {{{1, 2, 3}, {1, 4, 2}}});
  EXPECT_EQ(joined(run("math", {{"op", "divide"}}, in)), (std::vector<float>{1, 0.5, 1.5}));
}

TEST(Math, RefusesWhatDoesNotSuit) {
  SignalInfo in = waveform({{1}, {1}, {1}}).info;
  EXPECT_EQ(refusal("math", {{"op", "add"}}, in).where, "inputs");
  EXPECT_EQ(refusal("math", {{"op", "subtract"}, {"inputs", 3.0}}, in).where, "inputs");
  EXPECT_EQ(refusal("math", {}, in).where, "math.op");
  in.channels.resize(2);
  in.channels[1].unit = "A";
  const Error error = refusal("math", {{"op", "add"}}, in);
  EXPECT_EQ(error.where, "op");
  EXPECT_EQ(error.sentence, "add of channel ch1 in V and channel ch2 in A");
}

}  // namespace
}  // namespace acq::test
