#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "dsp/math/stats.h"
#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

enum { kMean, kRms, kStd, kMin, kMax, kPeakToPeak };

TEST(Statistics, AreTheDefinitions) {
  const Signal out =
      run("statistics", {}, records(Kind::kRecord, {{{1, 2, 3, 6}, {-1, -1, 1, 1}}}));
  EXPECT_EQ(out.info.kind, Kind::kScalars);
  const std::vector<ScalarResult>& r = out.pieces.at(0).results;
  ASSERT_EQ(r.size(), 12U);
  EXPECT_DOUBLE_EQ(r[kMean].value, 3);
  EXPECT_DOUBLE_EQ(r[kRms].value, std::sqrt(12.5));
  EXPECT_DOUBLE_EQ(r[kStd].value, std::sqrt(3.5));
  EXPECT_EQ(r[kMin].value, 1);
  EXPECT_EQ(r[kMax].value, 6);
  EXPECT_EQ(r[kPeakToPeak].value, 5);
  EXPECT_EQ(r[6 + kMean].value, 0);
  EXPECT_EQ(r[6 + kRms].value, 1);
  for (const ScalarResult& result : r) {
    EXPECT_STREQ(result.invalid_because, "");
    EXPECT_TRUE(std::isnan(result.uncertainty));
  }
  const std::vector<std::string> names = {"mean", "rms", "std", "min", "max", "peak_to_peak"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(out.info.results[i].name, names[i]);
    EXPECT_EQ(out.info.results[i].unit, "V");
  }
}

TEST(Statistics, SampleDeviationAndUncertaintiesOfWhiteNoise) {
  const Signal out = run("statistics", {{"ddof", 1.0}, {"white_noise", true}},
                         records(Kind::kRecord, {{{1, 2, 3, 6}}}));
  const std::vector<ScalarResult>& r = out.pieces.at(0).results;
  const double s = std::sqrt(14.0 / 3);
  EXPECT_DOUBLE_EQ(r[kStd].value, s);
  EXPECT_DOUBLE_EQ(r[kMean].uncertainty, s / 2);            // s / sqrt(n)
  EXPECT_DOUBLE_EQ(r[kStd].uncertainty, s / std::sqrt(6));  // s / sqrt(2 (n - 1))
  EXPECT_TRUE(std::isnan(r[kMax].uncertainty));
}

TEST(Statistics, UncertaintyOfTheMeanIsTheScatterOfMeans) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  constexpr std::size_t kPieces = 400;
  const Signal out = run("statistics", {{"length", 100.0}, {"white_noise", true}},
                         waveform({noise(100 * kPieces, seed)}));
  ASSERT_EQ(out.pieces.size(), kPieces);
  std::vector<float> scores;
  for (const Piece& piece : out.pieces) {
    const ScalarResult& mean = piece.results[kMean];
    scores.push_back(static_cast<float>(mean.value / mean.uncertainty));
  }
  // Scores are near normal with deviation 1: that of 400 has sigma 1/sqrt(800) = 0.035; 5 sigma are
  // exceeded once in 1.7 million runs.
  EXPECT_NEAR(moments_of(scores).std(), 1, 5 * 0.036);
}

TEST(Statistics, SineHasTheRmsOfASine) {
  std::vector<float> x(1000);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<float>(3 * std::sin(2 * std::numbers::pi * static_cast<double>(i) / 100));
  }
  const Signal out = run("statistics", {}, records(Kind::kRecord, {{x}}));
  EXPECT_NEAR(out.pieces[0].results[kRms].value, 3 / std::numbers::sqrt2, 1e-7);  // float32 samples
  EXPECT_NEAR(out.pieces[0].results[kMean].value, 0, 1e-8);
  EXPECT_EQ(out.pieces[0].results[kMax].value, 3);
}

TEST(Statistics, LoseNothingToALargeMean) {
  // Deviation 0.5 on a mean of 2^23: the plain sum of squares would have lost all of it in float32
  // and half the digits in float64.
  std::vector<float> x(1'000'000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 8388608.0F + static_cast<float>(i % 2);
  const Moments m = moments_of(x);
  EXPECT_DOUBLE_EQ(m.mean, 8388608.5);
  EXPECT_NEAR(m.std(), 0.5, 0.5e-12);
}

TEST(Statistics, GiveTheSameHoweverTheInputIsCut) {
  const Signal in = waveform({noise(6000, 1), noise(6000, 2)});
  for (const double length : {1.0, 100.0, 256.0, 3000.0}) {
    const Table params{{"length", length}, {"white_noise", true}};
    expect_same_for_any_cut("statistics", params, in, 4, 900);
    expect_same_for_any_cut("statistics", params, with_gap(with_gap(in, 700, 1), 4100, 55), 2, 900);
  }
}

TEST(Statistics, DropThePieceThatAGapInterrupts) {
  const Signal out = run("statistics", {{"length", 50.0}},
                         with_gap(stamped(waveform({std::vector<float>(300, 1.0F)})), 120, 7));
  std::vector<std::uint64_t> starts;
  for (const Piece& piece : out.pieces) starts.push_back(piece.first_index);
  EXPECT_EQ(starts, (std::vector<std::uint64_t>{0, 50, 127, 177, 227}));
  EXPECT_EQ(out.pieces[2].gap_before, (Gap{7, kGapDevice, true}));
}

TEST(Statistics, NanAndInfinityAreReportedNotComputedWith) {
  const Signal out =
      run("statistics", {}, records(Kind::kRecord, {{{1, kNan, 2}, {1, kInf, 2}, {1, 2, 3}}}));
  const std::vector<ScalarResult>& r = out.pieces[0].results;
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_STREQ(r[i].invalid_because, "a sample is not a number");
    EXPECT_TRUE(std::isnan(r[i].value));
    EXPECT_STREQ(r[6 + i].invalid_because, i == kMin ? "" : "a sample is infinite");
    EXPECT_STREQ(r[12 + i].invalid_because, "");
  }
  EXPECT_EQ(r[6 + kMin].value, 1);
}

TEST(Statistics, OneSampleHasNoSampleDeviation) {
  const Signal out =
      run("statistics", {{"ddof", 1.0}, {"white_noise", true}}, records(Kind::kRecord, {{{4}}}));
  EXPECT_STREQ(out.pieces[0].results[kStd].invalid_because, "needs two samples");
  EXPECT_EQ(out.pieces[0].results[kMean].value, 4);
  EXPECT_TRUE(std::isnan(out.pieces[0].results[kMean].uncertainty));
}

TEST(Statistics, ATakeOverContinuesThePiece) {
  const Signal in = cut(waveform({noise(400, 1)}), {30});
  Rig first("statistics", {{"length", 100.0}}, in.info);
  Rig second("statistics", {{"length", 100.0}, {"ddof", 1.0}}, in.info);
  first.push(in.pieces[0]);
  first.push(in.pieces[1]);
  second.adopt(first);
  second.push(in.pieces[2]);
  const std::vector<Piece> made = second.push(in.pieces[3]);
  ASSERT_EQ(made.size(), 1U);
  const std::vector<float> all = joined(in);
  EXPECT_EQ(made[0].results[kStd].value, moments_of(std::span(all).first(100)).std(1));
}

TEST(Statistics, MixedUnitsLeaveTheUnitToTheChannel) {
  SignalInfo in = records(Kind::kRecord, {{{1}, {2}}}).info;
  in.channels[1].unit = "A";
  EXPECT_EQ(Rig("statistics", {}, in).info().results[0].unit, "");
}

TEST(Statistics, RefusesWhatItCannotMeasure) {
  const SignalInfo in = waveform({{0}}).info;
  EXPECT_EQ(refusal("statistics", {}, in).where, "length");
  EXPECT_EQ(refusal("statistics", {{"ddof", 2.0}, {"length", 9.0}}, in).code, Code::kInvalid);
  const SignalInfo record = records(Kind::kRecord, {{{1, 2}}}).info;
  EXPECT_EQ(refusal("statistics", {{"length", 2.0}}, record).where, "length");
  EXPECT_EQ(refusal("statistics", {}, records(Kind::kSpectrum, {{{1, 2}}}).info).allowed,
            "a waveform or I/Q samples or records");
  const SignalInfo many = waveform(std::vector<std::vector<float>>(43, {0.0F})).info;
  EXPECT_EQ(refusal("statistics", {{"length", 9.0}}, many).allowed, "at most 42 channels");
}

}  // namespace
}  // namespace acq::test
