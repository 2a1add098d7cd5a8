#include <gtest/gtest.h>

#include <cmath>

#include "dsp/math/histogram.h"
#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

const Table kQuarters{{"points", 4.0}, {"lower", 0.0}, {"upper", 4.0}};

Table quarters(const char* name, const Value& value) {
  Table params = kQuarters;
  params[name] = value;
  return params;
}

std::vector<float> made_of(const Table& params, const Signal& in) {
  return run("xy", params, in).pieces.at(0).samples.at(0);
}

TEST(BinnedMoments, KeepTheDeviationOfSmallDifferencesBetweenLargeValues) {
  BinnedMoments moments(Bins(0, 1, 1));
  for (int i = 0; i < 1000; ++i) moments.add(0.5, 1e9 + (i % 2 == 0 ? 1 : -1));
  EXPECT_EQ(moments.sums()[0].count, 1000U);
  EXPECT_NEAR(moments.sums()[0].mean, 1e9, 1e-6);
  EXPECT_NEAR(moments.sums()[0].squares, 1000, 1e-3);
}

TEST(Xy, KeepsTheCalibrationOfYExceptInCounts) {
  Signal in = records(Kind::kRecord, {{{0, 1}, {10, 20}}});
  in.info.channels[0].calibration = {.id = "K-17", .hash = 1};
  in.info.channels[1].calibration = {.id = "K-18", .hash = 2};
  const auto calibration = [&](const Table& params) {
    return run("xy", params, in).info.channels[0].calibration;
  };
  EXPECT_EQ(calibration(kQuarters).id, "K-18");
  EXPECT_EQ(calibration(quarters("output", std::string("counts"))), Calibration{});
}

TEST(Xy, IsTheMeanOfYWhereverXIsInARange) {
  Signal in = records(Kind::kRecord, {{{0, 0.5, 1, 4, 9, -1}, {10, 20, 5, 7, 100, 100}}});
  in.info.channels[0].quantity = "current";
  in.info.channels[0].unit = "A";
  const Signal out = run("xy", kQuarters, in);
  EXPECT_EQ(out.info.kind, Kind::kRecord);
  EXPECT_EQ(out.info.axis.name, "current");
  EXPECT_EQ(out.info.axis.unit, "A");
  EXPECT_EQ(out.info.axis.start, 0.5);
  EXPECT_EQ(out.info.axis.step, 1);
  ASSERT_EQ(out.info.channels.size(), 1U);
  EXPECT_EQ(out.info.channels[0].unit, "V");
  const std::vector<float>& y = out.pieces.at(0).samples.at(0);
  EXPECT_EQ(y[0], 15);
  EXPECT_EQ(y[1], 5);
  EXPECT_TRUE(std::isnan(y[2]));  // x was never there
  EXPECT_EQ(y[3], 7);             // the last range holds its upper end
}

TEST(Xy, TellsDeviationsAndCountsToo) {
  const Signal in = records(Kind::kRecord, {{{0, 0.5, 1, 3}, {10, 20, 5, 7}}});
  const std::vector<float> deviation = made_of(quarters("output", "deviation"), in);
  EXPECT_EQ(deviation[0], 5);
  EXPECT_EQ(deviation[1], 0);
  EXPECT_EQ(made_of(quarters("output", "counts"), in), (std::vector<float>{2, 1, 0, 1}));
  EXPECT_EQ(run("xy", quarters("output", "counts"), in).info.channels[0].unit, "1");
}

TEST(Xy, TakesALoopApartByTheDirectionOfX) {
  // Up on one branch, down on the other; where x stays it goes on as before.
  const Signal in =
      records(Kind::kRecord, {{{0, 1, 2, 3, 3, 2, 1, 0}, {90, 1, 2, 3, 5, 12, 11, 10}}});
  const std::vector<float> falling = made_of(quarters("direction", "falling"), in);
  EXPECT_EQ(std::vector<float>(falling.begin(), falling.end() - 1),
            (std::vector<float>{10, 11, 12}));
  EXPECT_TRUE(std::isnan(falling[3]));
  const std::vector<float> rising = made_of(quarters("direction", "rising"), in);
  EXPECT_TRUE(std::isnan(rising[0]));  // the first value comes from nowhere
  EXPECT_EQ(std::vector<float>(rising.begin() + 1, rising.end()), (std::vector<float>{1, 2, 4}));
}

TEST(Xy, LeavesOutPairsThatAreNotFinite) {
  const Signal in = records(Kind::kRecord, {{{0, 0, NAN, INFINITY, 0}, {1, NAN, 2, 3, INFINITY}}});
  EXPECT_EQ(made_of(quarters("output", "counts"), in), (std::vector<float>{1, 0, 0, 0}));
}

TEST(Xy, PairsTheFirstHalfOfTheChannelsWithTheSecond) {
  const Signal in =
      records(Kind::kRecord, {{{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 2, 3, 4}, {5, 6, 7, 8}}});
  const Signal out = run("xy", kQuarters, in);
  ASSERT_EQ(out.info.channels.size(), 2U);
  EXPECT_EQ(out.pieces[0].samples[0], (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(out.pieces[0].samples[1], (std::vector<float>{8, 7, 6, 5}));
}

TEST(Xy, GivesTheSameForAnyCut) {
  const Signal in = with_gap(waveform({noise(1500, 1), noise(1500, 2)}), 700, 10);
  for (const char* direction : {"both", "rising"}) {
    expect_same_for_any_cut("xy",
                            {{"points", 30.0},
                             {"lower", -1.0},
                             {"upper", 1.0},
                             {"length", 300.0},
                             {"direction", direction}},
                            in);
  }
}

TEST(Xy, AChangeOfTheOutputGoesOnWithThePiece) {
  const Signal in = cut(waveform({{0, 1, 2, 3}, {5, 6, 7, 8}}), {2});
  Rig first("xy", quarters("length", 4.0), in.info);
  first.push(in.pieces[0]);
  Table params = quarters("length", 4.0);
  params["output"] = "counts";
  Rig second("xy", params, in.info);
  second.adopt(first);
  const std::vector<Piece> made = second.push(in.pieces[1]);
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(made[0].samples[0], std::vector<float>(4, 1.0F));
}

TEST(Xy, RefusesWhatItCannotPair) {
  const SignalInfo in = records(Kind::kRecord, {{{0, 1}, {0, 1}}}).info;
  EXPECT_EQ(refusal("xy", kQuarters, records(Kind::kRecord, {{{0, 1}}}).info).allowed,
            "an even number of channels");
  EXPECT_EQ(refusal("xy", {{"lower", 1.0}, {"upper", 1.0}}, in).allowed, "lower below upper");
  EXPECT_EQ(refusal("xy", {{"lower", "1 A"}, {"upper", 2.0}}, in).where, "lower");
  EXPECT_EQ(refusal("xy", quarters("points", 0.0), in).where, "xy.points");
  EXPECT_EQ(refusal("xy", quarters("length", 5.0), in).where, "length");
  EXPECT_EQ(refusal("xy", kQuarters, waveform({{0}, {0}}).info).where, "length");
  SignalInfo mixed = records(Kind::kRecord, {{{0}, {0}, {0}, {0}}}).info;
  mixed.channels[1].unit = "A";
  EXPECT_EQ(refusal("xy", kQuarters, mixed).allowed, "channels of one unit");
}

}  // namespace
}  // namespace acq::test
