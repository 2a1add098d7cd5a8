#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

Signal spectra(std::vector<std::vector<float>> values) {
  std::vector<std::vector<std::vector<float>>> all;
  for (auto& value : values) all.push_back({std::move(value)});
  return records(Kind::kSpectrum, std::move(all), 1000, "V2", 100);
}

std::vector<std::vector<float>> values(const Signal& signal) {
  std::vector<std::vector<float>> all;
  for (const Piece& piece : signal.pieces) all.push_back(piece.samples[0]);
  return all;
}

using Values = std::vector<std::vector<float>>;

TEST(Average, MeanOfEachGroup) {
  const Signal in = stamped(spectra({{1, 10}, {2, 20}, {6, 0}, {4, 4}, {4, 5}, {4, 6}, {9, 9}}));
  const Signal out = run("average", {{"count", 3.0}}, in);
  EXPECT_EQ(values(out), (Values{{3, 10}, {4, 5}}));
  EXPECT_EQ(out.pieces[1].first_index, 300U);
  EXPECT_EQ(out.pieces[1].stamp.t0_ticks, 300);
  EXPECT_EQ(out.info.kind, Kind::kSpectrum);
  EXPECT_EQ(out.info.axis.step, in.info.axis.step);
}

TEST(Average, ExponentialFollowsTheClosedForm) {
  std::vector<std::vector<float>> steps(30, {1.0F});
  steps[0] = {0.0F};
  const Signal out = run("average", {{"mode", "exponential"}, {"alpha", 0.25}}, spectra(steps));
  ASSERT_EQ(out.pieces.size(), 30U);
  for (std::size_t n = 0; n < 30; ++n) {
    EXPECT_NEAR(out.pieces[n].samples[0][0], 1 - std::pow(0.75, n), 6e-8);  // float32 rounding
    EXPECT_EQ(out.pieces[n].first_index, 100 * n);
  }
}

TEST(Average, HoldsKeepTheExtremes) {
  const Signal in = spectra({{1, 5}, {3, 4}, {2, 6}, {0, 0}});
  EXPECT_EQ(values(run("average", {{"mode", "max_hold"}}, in)),
            (Values{{1, 5}, {3, 5}, {3, 6}, {3, 6}}));
  EXPECT_EQ(values(run("average", {{"mode", "min_hold"}}, in)),
            (Values{{1, 5}, {1, 4}, {1, 4}, {0, 0}}));
  EXPECT_EQ(values(run("average", {{"mode", "max_hold"}, {"count", 2.0}}, in)),
            (Values{{1, 5}, {3, 5}, {2, 6}, {2, 6}}));
}

TEST(Average, MeanOfNoiseFallsWithTheRootOfTheCount) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::vector<std::vector<float>> rows;
  for (std::uint64_t i = 0; i < 100; ++i) rows.push_back(noise(1000, seed + i));
  const Signal out = run("average", {{"count", 100.0}}, spectra(rows));
  double squares = 0;
  for (const float value : out.pieces[0].samples[0]) squares += value * value;
  // Variance 1/3/100, known from 1000 values to sqrt(2/1000) = 4.5 %: 5 sigma, once in 1.7 million.
  EXPECT_NEAR(squares / 1000 * 300, 1, 5 * 0.045);
}

TEST(Average, ManyEqualInputsAverageToThemselves) {
  // A float32 sum of 100 000 times 0.1 is wrong in the third digit.
  Rig rig("average", {{"count", 100000.0}}, spectra({{0.1F}}).info);
  const Piece piece = spectra({{0.1F}}).pieces[0];
  for (int i = 1; i < 100'000; ++i) ASSERT_TRUE(rig.push(piece).empty());
  EXPECT_EQ(rig.push(piece).at(0).samples[0][0], 0.1F);
}

TEST(Average, NanPassesAsDeclared) {
  const Signal in = spectra({{1, 1}, {kNan, 1}, {3, 1}, {5, 1}});
  const Signal mean = run("average", {{"count", 2.0}}, in);
  EXPECT_TRUE(std::isnan(mean.pieces[0].samples[0][0]));
  EXPECT_EQ(mean.pieces[0].samples[0][1], 1);
  EXPECT_EQ(mean.pieces[1].samples[0][0], 4);
  const Signal smooth = run("average", {{"mode", "exponential"}, {"alpha", 0.5}}, in);
  EXPECT_TRUE(std::isnan(smooth.pieces[1].samples[0][0]));
  EXPECT_EQ(smooth.pieces[2].samples[0][0], 3);
  EXPECT_EQ(smooth.pieces[3].samples[0][0], 4);
  const Signal hold = run("average", {{"mode", "max_hold"}}, in);
  EXPECT_EQ(hold.pieces[1].samples[0][0], 1);
  EXPECT_EQ(hold.pieces[3].samples[0][0], 5);
}

TEST(Average, ChannelsStayApart) {
  const Signal in = records(Kind::kRecord, {{{1}, {10}}, {{3}, {kNan}}});
  const Signal out = run("average", {{"count", 2.0}}, in);
  EXPECT_EQ(out.pieces[0].samples[0][0], 2);
  EXPECT_TRUE(std::isnan(out.pieces[0].samples[1][0]));
}

TEST(Average, GoesOnAcrossAGapAndTellsIt) {
  Signal in = spectra({{1}, {3}, {5}, {7}});
  in.pieces[1].gap_before = {40, kGapRingFull, true};
  in.pieces[2].flags = kFlagOverrange;
  in.pieces[2].overrange_high = 1;
  const Signal out = run("average", {{"count", 2.0}}, in);
  EXPECT_EQ(values(out), (Values{{2}, {6}}));
  EXPECT_EQ(out.pieces[0].gap_before, (Gap{40, kGapRingFull, true}));
  EXPECT_EQ(out.pieces[1].gap_before, Gap{});
  EXPECT_EQ(out.pieces[0].flags, kFlagNone);
  EXPECT_EQ(out.pieces[1].flags, kFlagOverrange);
  EXPECT_EQ(out.pieces[1].overrange_high, 1U);
}

TEST(Average, ANewEpochStartsAnew) {
  Signal in = spectra({{1}, {3}, {5}});
  in.pieces[1].epoch = in.pieces[2].epoch = 2;
  EXPECT_EQ(values(run("average", {{"count", 2.0}}, in)), (Values{{4}}));
}

TEST(Average, TheAxisOfAMeanIsTheMeanOfTheAxes) {
  Signal in = records(Kind::kRecord, {{{1}}, {{2}}});
  in.pieces[0].axis_start = -0.0020;
  in.pieces[1].axis_start = -0.0024;
  const Signal out = run("average", {{"count", 2.0}}, in);
  EXPECT_DOUBLE_EQ(out.pieces[0].axis_start.value(), -0.0022);
}

TEST(Average, AChangeOfParametersKeepsTheState) {
  const Signal in = spectra({{8}, {0}, {0}, {0}});
  Rig slow("average", {{"mode", "exponential"}, {"alpha", 0.5}}, in.info);
  Rig fast("average", {{"mode", "exponential"}, {"alpha", 0.75}}, in.info);
  slow.push(in.pieces[0]);
  EXPECT_EQ(slow.push(in.pieces[1])[0].samples[0][0], 4);
  fast.adopt(slow);
  EXPECT_EQ(fast.push(in.pieces[2])[0].samples[0][0], 1);

  Rig four("average", {{"count", 4.0}}, in.info);
  Rig three("average", {{"count", 3.0}}, in.info);
  four.push(in.pieces[0]);
  four.push(in.pieces[1]);
  three.adopt(four);
  EXPECT_FLOAT_EQ(three.push(in.pieces[2]).at(0).samples[0][0], 8.0F / 3);
}

TEST(Average, RmsDeviationAndMedianOfEachGroup) {
  const Signal in = spectra({{3, -1}, {4, -1}, {0, 5}, {1, -1}, {9, 9}});
  const auto of = [&](const char* mode, double count) {
    return values(run("average", {{"mode", mode}, {"count", count}}, in))[0];
  };
  EXPECT_FLOAT_EQ(of("rms", 2)[0], std::sqrt(12.5F));
  EXPECT_FLOAT_EQ(of("std", 2)[0], 0.5F);
  EXPECT_EQ(of("std", 2)[1], 0);
  EXPECT_EQ(of("median", 3), (std::vector<float>{3, -1}));
  EXPECT_EQ(of("median", 4), (std::vector<float>{2, -1}));
}

TEST(Average, DeviationOfALargeConstantIsNotRounding) {
  const Signal in = spectra({{1e6F + 1}, {1e6F - 1}, {1e6F + 1}, {1e6F - 1}});
  EXPECT_FLOAT_EQ(values(run("average", {{"mode", "std"}, {"count", 4.0}}, in))[0][0], 1);
}

TEST(Average, NanSpoilsItsValueOfAGroupAlone) {
  for (const char* mode : {"rms", "std", "median"}) {
    const Signal in = spectra({{1, 2}, {NAN, 2}, {1, 2}, {1, 2}});
    const Values y = values(run("average", {{"mode", mode}, {"count", 2.0}}, in));
    EXPECT_TRUE(std::isnan(y[0][0]) && std::isfinite(y[0][1]) && std::isfinite(y[1][0])) << mode;
  }
}

TEST(Average, RefusesWhatTheModeHasNoUseFor) {
  const SignalInfo in = spectra({{1}}).info;
  EXPECT_EQ(refusal("average", {{"alpha", 0.5}}, in).where, "alpha");
  EXPECT_EQ(refusal("average", {{"mode", "exponential"}, {"count", 3.0}}, in).where, "count");
  EXPECT_EQ(refusal("average", {{"mode", "exponential"}, {"alpha", 0.0}}, in).allowed,
            "above 0 to 1");
  EXPECT_EQ(refusal("average", {{"mode", "mode"}}, in).code, Code::kInvalid);
  EXPECT_EQ(refusal("average", {{"mode", "median"}, {"count", 1e9}}, in).where, "count");
  EXPECT_EQ(refusal("average", {}, waveform({{1}}).info).allowed, "records or spectra");
}

}  // namespace
}  // namespace acq::test
