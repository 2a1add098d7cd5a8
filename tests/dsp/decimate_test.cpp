#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numbers>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

std::vector<float> ramp(std::size_t count) {
  std::vector<float> x(count);
  for (std::size_t i = 0; i < count; ++i) x[i] = static_cast<float>(i);
  return x;
}

TEST(Decimate, KeepsTheSamplesWhoseIndexIsAMultipleOfTheFactor) {
  Signal in = waveform({ramp(10), ramp(10)});
  in.pieces[0].first_index = 5;  // the stream did not start with us
  const Signal out = run("decimate", {{"factor", 4.0}, {"kind", "none"}}, in);
  EXPECT_EQ(joined(out, 1), (std::vector<float>{3, 7}));  // indices 8 and 12
  EXPECT_EQ(out.pieces[0].first_index, 2U);
  EXPECT_EQ(out.info.rate_hz, (Rational{250, 1}));
  EXPECT_EQ(out.info.index_ratio, (Rational{4, 1}));
  EXPECT_EQ(out.info.max_count, 3U);
}

TEST(Decimate, DesignPassesTheNewBandAndStopsWhatWouldAlias) {
  // Factor 8 of 1 kHz: 62.5 Hz is half the new rate; 50 Hz passes, 75 Hz and more are 80 dB down.
  std::vector<float> pass(8000), alias(8000);
  for (std::size_t i = 0; i < pass.size(); ++i) {
    const double turn = 2 * std::numbers::pi * static_cast<double>(i) / 1000;
    pass[i] = static_cast<float>(std::sin(50 * turn));
    alias[i] = static_cast<float>(std::sin(76 * turn));
  }
  const Signal out = run("decimate", {{"factor", 8.0}}, waveform({pass, alias}));
  const double delay = out.info.group_delay.value();
  const std::vector<float> y = joined(out, 0);
  for (std::size_t k = 500; k < y.size(); ++k) {
    const double t = (8 * static_cast<double>(k) - delay) / 1000;
    EXPECT_NEAR(y[k], std::sin(2 * std::numbers::pi * 50 * t), 1.5e-4);
    EXPECT_NEAR(joined(out, 1)[k], 0, 1.5e-4);
    if (::testing::Test::HasFailure()) break;
  }
}

TEST(Decimate, GivesTheSameForAnyCutAndKeepsTheIndexBehindGaps) {
  const Signal whole =
      with_gap(with_gap(waveform({noise(3000, 1), noise(3000, 2)}), 1001, 6), 2000, 1);
  for (const Table& params : {Table{{"factor", 5.0}, {"order", 40.0}},
                              Table{{"factor", 5.0}, {"order", 40.0}, {"on_gap", "hold"}},
                              Table{{"factor", 37.0}, {"order", 90.0}}}) {
    expect_same_for_any_cut("decimate", params, whole, 8, 60);
    const Signal out = run("decimate", params, whole);
    std::uint64_t told = 0;
    for (const Piece& piece : out.pieces) told += piece.gap_before.samples;
    const Piece& last = out.pieces.back();
    EXPECT_EQ(told + joined(out).size(), last.first_index + last.count());
  }
}

TEST(Decimate, AGapTooShortToLoseAnOutputIsStillTold) {
  const Signal in = with_gap(waveform({ramp(20)}), 9, 2);  // 9 and 10 of multiples of 4
  const Signal out = run("decimate", {{"factor", 4.0}, {"kind", "none"}}, in);
  ASSERT_EQ(out.pieces.size(), 2U);
  EXPECT_EQ(out.pieces[1].gap_before, (Gap{0, kGapDevice, true}));
  EXPECT_EQ(out.pieces[1].first_index, 3U);
}

TEST(Decimate, MarksWaitForTheNextOutputAndKeepTheirPlace) {
  Signal in = cut(waveform({ramp(12)}), {3, 3, 6});  // chunks start at 0, 3, 6
  in.pieces[1].triggers = {{.position = 2.5, .channel = 0, .is_rising = true, .level = 1}};
  in.pieces[1].flags = kFlagTriggered;
  in.pieces[1].overrange_high = 1;
  const Signal out = run("decimate", {{"factor", 8.0}, {"kind", "none"}}, in);
  ASSERT_EQ(out.pieces.size(), 2U);  // index 0 and index 8
  ASSERT_EQ(out.pieces[1].triggers.size(), 1U);
  EXPECT_EQ(out.pieces[1].triggers[0].position, (5.5 - 8) / 8);
  EXPECT_EQ(out.pieces[1].flags, kFlagTriggered);
  EXPECT_EQ(out.pieces[1].overrange_high, 1U);
}

TEST(Decimate, StampIsThatOfTheFirstSampleKept) {
  Signal in = waveform({ramp(20)});
  in.pieces[0].first_index = 3;
  in.pieces[0].stamp.t0_ticks = 1000;
  in.pieces[0].stamp.tick_s = {1, 1'000'000};
  const Signal out = run("decimate", {{"factor", 8.0}, {"kind", "none"}}, in);
  EXPECT_EQ(out.pieces[0].stamp.t0_ticks, 1000 + 5 * 1000);  // 5 samples of 1 ms on
}

TEST(Decimate, AdoptKeepsTheSamplesSeenAndTheIndex) {
  const Signal in = cut(waveform({noise(64, 5)}), {30, 34});
  const Table params{{"factor", 4.0}, {"order", 16.0}};
  const std::vector<float> whole = joined(run("decimate", params, in));
  Rig before("decimate", params, in.info);
  std::vector<float> y = before.push(in.pieces[0]).at(0).samples[0];
  Rig after("decimate", params, in.info);
  after.adopt(before);
  const std::vector<float> rest = after.push(in.pieces[1]).at(0).samples[0];
  y.insert(y.end(), rest.begin(), rest.end());
  EXPECT_EQ(y, whole);
}

TEST(Decimate, ByOnePassesEverything) {
  const Signal in = waveform({noise(50, 1)});
  EXPECT_EQ(joined(run("decimate", {{"factor", 1.0}}, in)), joined(in));
}

TEST(Decimate, RefusesWhatDoesNotSuit) {
  const SignalInfo in = waveform({{0}}).info;
  EXPECT_EQ(refusal("decimate", {}, in).where, "decimate.factor");
  EXPECT_EQ(refusal("decimate", {{"factor", 0.0}}, in).where, "decimate.factor");
  EXPECT_EQ(refusal("decimate", {{"factor", 4.0}, {"kind", "none"}, {"order", 3.0}}, in).where,
            "order");
  EXPECT_EQ(refusal("decimate", {{"factor", 4.0}, {"cutoff", 500.0}}, in).where, "cutoff");
  EXPECT_EQ(refusal("decimate", {{"factor", 65536.0}}, in).where, "transition");
}

TEST(Decimate, CicIsMeansBehindEachOther) {
  const std::vector<float> x = noise(400, 9);
  std::vector<double> y(x.begin(), x.end());
  for (int stage = 0; stage < 3; ++stage) {
    std::vector<double> next(y.size());
    for (std::size_t i = 0; i < y.size(); ++i) {
      for (std::size_t k = 0; k < 5 && k <= i; ++k) next[i] += y[i - k] / 5;
    }
    y = next;
  }
  const Table params = {{"factor", 5.0}, {"kind", "cic"}, {"stages", 3.0}};
  const Signal out = run("decimate", params, waveform({x}));
  EXPECT_EQ(out.info.group_delay, (Rational{6, 1}));
  for (std::size_t k = 0; k < 80; ++k) EXPECT_NEAR(joined(out)[k], y[5 * k], 1e-6) << k;
}

TEST(Decimate, RefusesStagesWithoutCicAndTooManyTaps) {
  const SignalInfo in = waveform({{1}}).info;
  EXPECT_EQ(refusal("decimate", {{"factor", 2.0}, {"stages", 3.0}}, in).where, "stages");
  const Table many = {{"factor", 60000.0}, {"kind", "cic"}};
  EXPECT_EQ(refusal("decimate", many, in).where, "factor");
}

}  // namespace
}  // namespace acq::test
