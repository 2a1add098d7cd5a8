#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

TEST(MovingAverage, IsTheMeanOfTheWindowAndOfWhatThereIsAtTheStart) {
  const Signal out = run("moving_average", {{"length", 3.0}}, waveform({{3, 6, 9, 0, -3, 6}}));
  EXPECT_EQ(joined(out), (std::vector<float>{3, 4.5, 6, 5, 2, 1}));
  EXPECT_EQ(out.info.group_delay, (Rational{1, 1}));
}

TEST(MovingAverage, FollowsTheDefinitionForEveryLength) {
  const std::vector<float> x = noise(1500, 1);
  for (const std::size_t length : {1U, 2U, 7U, 8U, 9U, 16U, 63U, 100U, 1000U, 2000U}) {
    const std::vector<float> y =
        joined(run("moving_average", {{"length", static_cast<double>(length)}}, waveform({x})));
    double sum = 0;
    for (std::size_t n = 0; n < x.size(); ++n) {
      sum += x[n];
      if (n >= length) sum -= x[n - length];
      const double expected = sum / static_cast<double>(std::min(n + 1, length));
      ASSERT_NEAR(y[n], expected, 1e-13 + std::abs(expected) * 0x1p-24) << length << " at " << n;
    }
  }
}

TEST(MovingAverage, DoesNotDriftBehindLargeValues) {
  // A running sum would keep 1e30's rounding error, far above 1, for ever.
  std::vector<float> x(300, 1.0F);
  x[50] = 1e30F;
  const std::vector<float> y = joined(run("moving_average", {{"length", 10.0}}, waveform({x})));
  EXPECT_EQ(y[59], 1e29F);
  for (std::size_t n = 60; n < 300; ++n) EXPECT_EQ(y[n], 1.0F);
}

TEST(MovingAverage, NanReachesExactlyOneWindow) {
  for (const double length : {1.0, 5.0, 8.0, 40.0}) {
    std::vector<float> x(200, 1.0F);
    x[77] = std::numeric_limits<float>::quiet_NaN();
    const std::vector<float> y = joined(run("moving_average", {{"length", length}}, waveform({x})));
    for (std::size_t n = 0; n < 200; ++n) {
      EXPECT_EQ(std::isnan(y[n]), n >= 77 && n < 77 + static_cast<std::size_t>(length)) << n;
    }
  }
}

TEST(MovingAverage, GivesTheSameForAnyCut) {
  const Signal in = with_gap(waveform({noise(4000, 1), noise(4000, 2)}), 1500, 10);
  for (const double length : {5.0, 100.0}) {
    expect_same_for_any_cut("moving_average", {{"length", length}}, in);
    expect_same_for_any_cut("moving_average", {{"length", length}, {"on_gap", "hold"}}, in);
  }
}

TEST(MovingAverage, AdoptKeepsTheSamplesSeen) {
  const Signal in = cut(waveform({noise(300, 3)}), {150});
  for (const double old_length : {20.0, 64.0, 149.0}) {
    Rig before("moving_average", {{"length", old_length}}, in.info);
    before.push(in.pieces[0]);
    Rig after("moving_average", {{"length", 10.0}}, in.info);
    after.adopt(before);
    const Piece made = after.push(in.pieces[1]).at(0);
    const std::vector<float> whole = joined(run("moving_average", {{"length", 10.0}}, in));
    for (std::size_t i = 0; i < 150; ++i) EXPECT_NEAR(made.samples[0][i], whole[150 + i], 1e-7);
  }
}

TEST(MovingAverage, LengthMayBeGivenAsTime) {
  const Signal in = waveform({{1, 2, 3}});
  const Signal out = run("moving_average", {{"length_time", "2 ms"}}, in);  // 1 kHz
  EXPECT_EQ(joined(out), (std::vector<float>{1, 1.5, 2.5}));
}

TEST(MovingAverage, RefusesWhatDoesNotSuit) {
  const SignalInfo in = waveform({{0}}).info;
  EXPECT_EQ(refusal("moving_average", {}, in).where, "length");
  EXPECT_EQ(refusal("moving_average", {{"length", 0.0}}, in).where, "moving_average.length");
  EXPECT_EQ(refusal("moving_average", {{"length", 2.0}, {"length_time", 1.0}}, in).where, "length");
  EXPECT_EQ(refusal("moving_average", {{"length_time", 1e-9}}, in).where, "length_time");
}

}  // namespace
}  // namespace acq::test
