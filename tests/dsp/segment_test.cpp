#include <gtest/gtest.h>

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

TEST(Segment, CutsPiecesOfTheLengthOneBehindTheOther) {
  const Signal out = run("segment", {{"length", 30.0}}, stamped(waveform({ramp(100), ramp(100)})));
  ASSERT_EQ(out.pieces.size(), 3U);
  EXPECT_EQ(out.info.kind, Kind::kRecord);
  EXPECT_EQ(out.info.max_count, 30U);
  EXPECT_EQ(out.info.axis.step, 0.001);
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(out.pieces[k].first_index, 30 * k);
    EXPECT_EQ(out.pieces[k].stamp.t0_ticks, static_cast<std::int64_t>(30 * k));
    for (std::size_t c = 0; c < 2; ++c) {
      EXPECT_EQ(out.pieces[k].samples[c].front(), static_cast<float>(30 * k));
      EXPECT_EQ(out.pieces[k].samples[c].back(), static_cast<float>(30 * k + 29));
    }
  }
}

TEST(Segment, OverlappingPiecesShareSamples) {
  const Signal out = run("segment", {{"length", 30.0}, {"overlap", 20.0}}, waveform({ramp(100)}));
  ASSERT_EQ(out.pieces.size(), 8U);
  for (std::size_t k = 0; k < 8; ++k) {
    EXPECT_EQ(out.pieces[k].first_index, 10 * k);
    for (std::size_t i = 0; i < 30; ++i) {
      EXPECT_EQ(out.pieces[k].samples[0][i], static_cast<float>(10 * k + i));
    }
  }
}

TEST(Segment, GivesTheSameHoweverTheInputIsCut) {
  const Signal in = waveform({noise(4000, 1), noise(4000, 2)});
  for (const double overlap : {0.0, 1.0, 60.0, 99.0}) {
    expect_same_for_any_cut("segment", {{"length", 100.0}, {"overlap", overlap}}, in);
  }
  expect_same_for_any_cut("segment", {{"length", 1.0}}, in, 2);
  expect_same_for_any_cut("segment", {{"length", 100.0}, {"overlap", 60.0}},
                          with_gap(with_gap(in, 1234, 77), 3000, 1));
}

TEST(Segment, StartsAnewBehindAGapAndTellsIt) {
  const Signal out = run("segment", {{"length", 30.0}, {"overlap", 10.0}},
                         with_gap(with_gap(waveform({ramp(200)}), 55, 5), 70, 20));
  std::vector<std::uint64_t> starts;
  for (const Piece& piece : out.pieces) starts.push_back(piece.first_index);
  EXPECT_EQ(starts, (std::vector<std::uint64_t>{0, 20, 90, 110, 130, 150, 170}));
  EXPECT_EQ(out.pieces[1].gap_before, Gap{});
  EXPECT_EQ(out.pieces[2].gap_before, (Gap{25, kGapDevice, true}));  // both gaps
  EXPECT_EQ(out.pieces[3].gap_before, Gap{});
}

TEST(Segment, CarriesFlagsAndOverRangesOfItsSamples) {
  Signal in = cut(waveform({ramp(120)}), {20});
  in.pieces[2].overrange_low = 1;  // samples 40 to 59
  in.pieces[2].flags = kFlagOverrange;
  const Signal out = run("segment", {{"length", 30.0}, {"overlap", 10.0}}, in);
  const std::vector<std::uint64_t> expected = {0, 1, 1, 0, 0};  // starting at 0, 20, 40, 60, 80
  ASSERT_EQ(out.pieces.size(), expected.size());
  for (std::size_t k = 0; k < expected.size(); ++k) {
    EXPECT_EQ(out.pieces[k].overrange_low, expected[k]) << k;
    EXPECT_EQ(out.pieces[k].flags, expected[k] != 0 ? kFlagOverrange : kFlagNone) << k;
  }
}

TEST(Segment, ATakeOverContinuesTheUnfinishedPiece) {
  const Signal in = cut(waveform({ramp(300)}), {17});
  const Table params{{"length", 50.0}, {"overlap", 20.0}};
  Rig first("segment", params, in.info);
  Rig second("segment", params, in.info);
  Signal changed{first.info(), {}};
  for (std::size_t i = 0; i < in.pieces.size(); ++i) {
    if (i == 8) second.adopt(first);
    for (Piece& piece : (i < 8 ? first : second).push(in.pieces[i])) {
      changed.pieces.push_back(std::move(piece));
    }
  }
  expect_same(changed, run("segment", params, in));
}

TEST(Segment, RefusesLengthsThatCannotBe) {
  const SignalInfo in = waveform({{0}}).info;
  EXPECT_EQ(refusal("segment", {}, in).where, "length");
  EXPECT_EQ(refusal("segment", {{"length", 10.0}, {"overlap", 10.0}}, in).allowed,
            "0 to 9 samples");
  EXPECT_EQ(refusal("segment", {{"length_time", "0.1 ms"}}, in).where, "length_time");
  EXPECT_EQ(refusal("segment", {{"length", 1.5}}, in).code, Code::kInvalid);
  EXPECT_EQ(refusal("segment", {{"length", 2.0}}, records(Kind::kSpectrum, {{{1, 2}}}).info).code,
            Code::kInvalid);
}

}  // namespace
}  // namespace acq::test
