#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

TEST(DcRemove, AConstantIsGoneFromTheFirstSampleOn) {
  const Signal in = waveform({std::vector<float>(500, 7.0F), std::vector<float>(500, -1.0F)});
  for (const Table& params :
       {Table{{"cutoff", 5.0}}, Table{{"method", "moving_mean"}, {"length", 20.0}}}) {
    const Signal out = run("dc_remove", params, in);
    for (const float y : joined(out, 0)) EXPECT_NEAR(y, 0, 1e-6);
    for (const float y : joined(out, 1)) EXPECT_NEAR(y, 0, 1e-6);
  }
}

TEST(DcRemove, AStepDecaysWithTheTimeConstantOfTheCutoff) {
  std::vector<float> x(3000, 0.0F);
  std::fill(x.begin() + 1000, x.end(), 1.0F);
  const std::vector<float> y = joined(run("dc_remove", {{"cutoff", "2 Hz"}}, waveform({x})));
  // Bilinear, first order: the pole is (1 - w) / (1 + w), w = tan(pi f / rate).
  const double w = std::tan(std::numbers::pi * 2 / 1000);
  for (std::size_t n = 0; n < 2000; n += 100) {
    EXPECT_NEAR(y[1000 + n], std::pow((1 - w) / (1 + w), n) / (1 + w), 1e-6);
  }
}

TEST(DcRemove, MovingMeanSubtractsTheMeanOfTheWindow) {
  const Table params{{"method", "moving_mean"}, {"length", 2.0}};
  EXPECT_EQ(joined(run("dc_remove", params, waveform({{4, 6, 12, 12}}))),
            (std::vector<float>{0, 1, 3, 0}));
}

TEST(DcRemove, StartsAnewBehindABrokenSampleWithoutAStep) {
  std::vector<float> x(300, 5.0F);
  x[100] = std::numeric_limits<float>::infinity();
  const std::vector<float> y = joined(run("dc_remove", {{"cutoff", 2.0}}, waveform({x})));
  for (std::size_t n = 0; n < 300; ++n) {
    if (n == 100) {
      EXPECT_TRUE(std::isnan(y[n]));
    } else {
      EXPECT_NEAR(y[n], 0, 1e-6);
    }
  }
}

TEST(DcRemove, GivesTheSameForAnyCut) {
  const Signal in = with_gap(waveform({noise(4000, 1), noise(4000, 2)}), 1500, 10);
  for (const char* on_gap : {"reset", "hold"}) {
    expect_same_for_any_cut("dc_remove", {{"cutoff", 5.0}, {"on_gap", on_gap}}, in);
    expect_same_for_any_cut("dc_remove",
                            {{"method", "moving_mean"}, {"length", 33.0}, {"on_gap", on_gap}}, in);
  }
}

TEST(DcRemove, AdoptGoesOnWithoutAStep) {
  const Signal in = cut(waveform({std::vector<float>(400, 5.0F)}), {200});
  for (const auto& [before_params, after_params] :
       {std::pair{Table{{"cutoff", 2.0}}, Table{{"cutoff", 20.0}}},
        std::pair{Table{{"method", "moving_mean"}, {"length", 30.0}},
                  Table{{"method", "moving_mean"}, {"length", 50.0}}},
        std::pair{Table{{"cutoff", 2.0}}, Table{{"method", "moving_mean"}, {"length", 50.0}}}}) {
    Rig before("dc_remove", before_params, in.info);
    before.push(in.pieces[0]);
    Rig after("dc_remove", after_params, in.info);
    after.adopt(before);
    const std::vector<Piece> made = after.push(in.pieces[1]);
    for (const float y : made.at(0).samples[0]) EXPECT_NEAR(y, 0, 1e-5);
  }
}

TEST(DcRemove, RefusesWhatDoesNotSuit) {
  const SignalInfo in = waveform({{0}}).info;
  EXPECT_EQ(refusal("dc_remove", {}, in).where, "cutoff");
  EXPECT_EQ(refusal("dc_remove", {{"cutoff", 500.0}}, in).where, "cutoff");
  EXPECT_EQ(refusal("dc_remove", {{"cutoff", 5.0}, {"length", 5.0}}, in).where, "length");
  EXPECT_EQ(refusal("dc_remove", {{"method", "moving_mean"}}, in).where, "length");
  EXPECT_EQ(
      refusal("dc_remove", {{"method", "moving_mean"}, {"length", 5.0}, {"cutoff", 5.0}}, in).where,
      "cutoff");
}

}  // namespace
}  // namespace acq::test
