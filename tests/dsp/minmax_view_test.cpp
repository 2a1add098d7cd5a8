#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

std::vector<float> ramp(std::size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 0.0F);
  return values;
}

TEST(MinMaxView, ShowsTheExtremesOfEachColumn) {
  const Signal out = run("minmax_view", {{"columns", 4.0}, {"length", 10.0}},
                         stamped(waveform({ramp(25), {std::vector<float>(25, 7.0F)}})));
  ASSERT_EQ(out.pieces.size(), 2U);
  EXPECT_EQ(out.info.kind, Kind::kRecord);
  // Columns of 10 samples: [0, 2), [2, 5), [5, 7), [7, 10).
  EXPECT_EQ(out.pieces[0].samples[0], (std::vector<float>{0, 2, 5, 7}));
  EXPECT_EQ(out.pieces[0].samples[1], (std::vector<float>{1, 4, 6, 9}));
  EXPECT_EQ(out.pieces[1].samples[0], (std::vector<float>{10, 12, 15, 17}));
  EXPECT_EQ(out.pieces[1].samples[3], (std::vector<float>{7, 7, 7, 7}));
  EXPECT_EQ(out.pieces[1].first_index, 10U);
  EXPECT_EQ(out.pieces[1].stamp.t0_ticks, 10);
  EXPECT_DOUBLE_EQ(out.info.axis.step, 0.0025);
}

TEST(MinMaxView, NamesItsPlanes) {
  SignalInfo in = waveform({{0}, {0}}).info;
  in.channels[1].label = "beam";
  const Rig rig("minmax_view", {{"columns", 2.0}, {"length_time", "1 s"}}, in);
  ASSERT_EQ(rig.info().channels.size(), 4U);
  EXPECT_EQ(rig.info().channels[0].id, "ch1.min");
  EXPECT_EQ(rig.info().channels[1].label, "ch1 max");
  EXPECT_EQ(rig.info().channels[2].label, "beam min");
  EXPECT_EQ(rig.info().channels[3].id, "ch2.max");
  EXPECT_EQ(rig.info().channels[3].unit, "V");
  EXPECT_EQ(rig.info().max_count, 2U);
}

TEST(MinMaxView, ARecordKeepsItsAxisAndASpectrumItsKind) {
  Signal in = records(Kind::kRecord, {{{5, 1, 2, 8, 3, 3}}});
  in.info.axis.start = -0.002;
  in.pieces[0].axis_start = -0.0021;
  in.pieces[0].overrange_high = 1;
  in.pieces[0].flags = kFlagTriggered;
  const Signal out = run("minmax_view", {{"columns", 3.0}}, in);
  EXPECT_EQ(out.pieces[0].samples[0], (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(out.pieces[0].samples[1], (std::vector<float>{5, 8, 3}));
  EXPECT_EQ(out.pieces[0].axis_start, -0.0021);
  EXPECT_EQ(out.pieces[0].flags, kFlagTriggered);
  EXPECT_EQ(out.pieces[0].overrange_high, 3U);  // both planes of the channel
  EXPECT_EQ(out.info.axis.start, -0.002);
  EXPECT_DOUBLE_EQ(out.info.axis.step, 0.002);
  const Signal spectrum =
      run("minmax_view", {{"columns", 1.0}}, records(Kind::kSpectrum, {{{1, 2, 3, 4, 5}}}));
  EXPECT_EQ(spectrum.info.kind, Kind::kSpectrum);
  EXPECT_EQ(spectrum.info.axis.unit, "Hz");
}

TEST(MinMaxView, GivesTheSameHoweverTheInputIsCut) {
  const Signal in = waveform({noise(6000, 1), noise(6000, 2)});
  for (const double columns : {1.0, 7.0, 500.0, 937.0}) {
    const Table params{{"columns", columns}, {"length", 937.0}};
    expect_same_for_any_cut("minmax_view", params, in, 4);
    expect_same_for_any_cut("minmax_view", params, with_gap(with_gap(in, 1500, 33), 4000, 800), 4);
  }
}

TEST(MinMaxView, AGapEndsTheViewAndWhatThereIsGoesOut) {
  const Signal in = with_gap(stamped(waveform({ramp(60)})), 13, 4);
  const Signal out = run("minmax_view", {{"columns", 4.0}, {"length", 8.0}}, stamped(in));
  ASSERT_EQ(out.pieces.size(), 7U);
  EXPECT_EQ(out.pieces[0].flags, kFlagNone);
  const Piece& partial = out.pieces[1];  // 8 to 12: two columns and a half
  EXPECT_EQ(partial.first_index, 8U);
  EXPECT_EQ(partial.stamp.t0_ticks, 8);
  EXPECT_EQ(partial.flags, kFlagPartial);
  EXPECT_EQ(partial.gap_before, Gap{});
  EXPECT_EQ(partial.samples[1][0], 9);
  EXPECT_EQ(partial.samples[1][2], 12);
  EXPECT_TRUE(std::isnan(partial.samples[0][3]) && std::isnan(partial.samples[1][3]));
  EXPECT_EQ(out.pieces[2].first_index, 17U);
  EXPECT_EQ(out.pieces[2].gap_before, (Gap{4, kGapDevice, true}));
  EXPECT_EQ(out.pieces[2].flags, kFlagNone);
}

TEST(MinMaxView, ANewEpochEndsTheViewToo) {
  Signal in = waveform({ramp(13)});
  in.pieces.push_back(in.pieces[0]);
  in.pieces[1].epoch = 4;
  const Signal out = run("minmax_view", {{"columns", 2.0}, {"length", 8.0}}, in);
  ASSERT_EQ(out.pieces.size(), 3U);
  EXPECT_EQ(out.pieces[1].epoch, 0U);
  EXPECT_EQ(out.pieces[1].first_index, 8U);
  EXPECT_EQ(out.pieces[2].epoch, 4U);
  EXPECT_EQ(out.pieces[2].first_index, 0U);
}

TEST(MinMaxView, NanShowsInItsColumnOnly) {
  std::vector<float> bad = ramp(12);
  bad[5] = std::numeric_limits<float>::quiet_NaN();
  const Signal out =
      run("minmax_view", {{"columns", 4.0}, {"length", 12.0}}, waveform({bad, ramp(12)}));
  for (std::size_t j = 0; j < 4; ++j) {
    EXPECT_EQ(std::isnan(out.pieces[0].samples[0][j]), j == 1);
    EXPECT_EQ(std::isnan(out.pieces[0].samples[1][j]), j == 1);
    EXPECT_FALSE(std::isnan(out.pieces[0].samples[2][j]));
  }
}

TEST(MinMaxView, ATakeOverContinuesTheView) {
  const Signal in = cut(waveform({noise(300, 1)}), {17});
  const Table params{{"columns", 10.0}, {"length", 70.0}};
  Rig first("minmax_view", params, in.info);
  Rig second("minmax_view", params, in.info);
  Signal changed{first.info(), {}};
  for (std::size_t i = 0; i < in.pieces.size(); ++i) {
    if (i == 5) second.adopt(first);
    for (Piece& piece : (i < 5 ? first : second).push(in.pieces[i])) {
      changed.pieces.push_back(std::move(piece));
    }
  }
  expect_same(changed, run("minmax_view", params, in));
}

TEST(MinMaxView, RefusesWhatItCannotShow) {
  const SignalInfo in = waveform({{0}}).info;
  EXPECT_EQ(refusal("minmax_view", {}, in).where, "length");
  EXPECT_EQ(refusal("minmax_view", {{"columns", 10.0}, {"length", 9.0}}, in).where, "length");
  const SignalInfo record = records(Kind::kRecord, {{{1, 2, 3}}}).info;
  EXPECT_EQ(refusal("minmax_view", {{"columns", 4.0}}, record).allowed, "1 to 3");
  EXPECT_EQ(refusal("minmax_view", {{"columns", 1.0}, {"length", 3.0}}, record).where, "length");
  const SignalInfo many = waveform(std::vector<std::vector<float>>(33, {0.0F})).info;
  EXPECT_EQ(refusal("minmax_view", {{"length", 2000.0}}, many).allowed, "at most 32 channels");
}

}  // namespace
}  // namespace acq::test
