#include "dsp/math/histogram.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

using Counts = std::vector<std::uint64_t>;

Counts count(double lower, double upper, std::size_t bins, const std::vector<double>& x) {
  Histogram histogram(lower, upper, bins);
  histogram.add(x);
  return {histogram.counts().begin(), histogram.counts().end()};
}

TEST(HistogramCounts, ABinHoldsItsLowerEdgeAndTheLastOneItsUpperEdgeToo) {
  EXPECT_EQ(count(0, 4, 4, {0, 0.5, 1, 2, 2.5, 3, 4}), (Counts{2, 1, 2, 2}));
  EXPECT_EQ(count(-1, 1, 1, {-1, 0, 1}), (Counts{3}));
}

TEST(HistogramCounts, TheEdgesDecideWhereAProductIsRoundedAcrossThem) {
  // 0.1 steps are no binary numbers: each edge itself belongs to the bin that begins there.
  const std::size_t bins = 1000;
  std::vector<double> edges;
  for (std::size_t i = 0; i < bins; ++i) edges.push_back(static_cast<double>(i) * (100.0 / 1000));
  EXPECT_EQ(count(0, 100, bins, edges), Counts(bins, 1));
}

TEST(HistogramCounts, WhatIsInNoBinIsCountedBeside) {
  Histogram histogram(0, 1, 2);
  histogram.add(std::vector<float>{-1, -INFINITY, 0.5F, 2, INFINITY, INFINITY, NAN});
  EXPECT_EQ(histogram.below(), 2U);
  EXPECT_EQ(histogram.above(), 3U);
  EXPECT_EQ(histogram.not_numbers(), 1U);
  EXPECT_EQ(histogram.inside(), 1U);
  EXPECT_EQ(histogram.total(), 7U);
}

const Table kQuarters{{"bins", 4.0}, {"lower", 0.0}, {"upper", 4.0}};

Table quarters(const char* name, const Value& value) {
  Table params = kQuarters;
  params[name] = value;
  return params;
}

TEST(HistogramBlock, CountsARecordOnAnAxisOfValues) {
  const Signal in = records(Kind::kRecord, {{{0, 1, 1, 3, 9}, {2, 2, 2, -1, NAN}}});
  const Signal out = run("histogram", kQuarters, in);
  EXPECT_EQ(out.info.kind, Kind::kRecord);
  EXPECT_EQ(out.info.axis.unit, "V");
  EXPECT_EQ(out.info.axis.start, 0.5);
  EXPECT_EQ(out.info.axis.step, 1);
  EXPECT_EQ(out.info.channels[0].unit, "1");
  ASSERT_EQ(out.pieces.size(), 1U);
  EXPECT_EQ(out.pieces[0].samples[0], (std::vector<float>{1, 2, 0, 1}));
  EXPECT_EQ(out.pieces[0].samples[1], (std::vector<float>{0, 0, 3, 0}));
  const std::vector<ScalarResult>& r = out.pieces[0].results;
  ASSERT_EQ(r.size(), 6U);
  EXPECT_EQ(out.info.results[0].name, "below");
  EXPECT_EQ(r[1].value, 1);  // above, of the first channel
  EXPECT_EQ(r[3].value, 1);  // below, of the second
  EXPECT_EQ(r[5].value, 1);  // not a number
}

TEST(HistogramBlock, DensityHasTheAreaOneAndFractionCountsAllSamples) {
  const Signal in = records(Kind::kRecord, {{{0, 1, 1, 3, 9}}});
  const Signal density = run("histogram", quarters("output", "density"), in);
  EXPECT_EQ(density.pieces[0].samples[0], (std::vector<float>{0.25F, 0.5F, 0, 0.25F}));
  EXPECT_EQ(density.info.channels[0].unit, "/V");
  const Signal fraction = run("histogram", quarters("output", "fraction"), in);
  EXPECT_EQ(fraction.pieces[0].samples[0], (std::vector<float>{0.2F, 0.4F, 0, 0.2F}));
  const Signal none =
      run("histogram", quarters("output", "density"), records(Kind::kRecord, {{{9, 9}}}));
  EXPECT_EQ(none.pieces[0].samples[0], std::vector<float>(4, 0.0F));
}

TEST(HistogramBlock, CountsAWaveformPieceByPiece) {
  const Signal in = stamped(waveform({{0, 1, 2, 3, 0, 0, 0, 3, 3}}));
  const Signal out = run("histogram", quarters("length", 4.0), in);
  ASSERT_EQ(out.pieces.size(), 2U);
  EXPECT_EQ(out.pieces[0].samples[0], (std::vector<float>{1, 1, 1, 1}));
  EXPECT_EQ(out.pieces[1].samples[0], (std::vector<float>{3, 0, 0, 1}));
  EXPECT_EQ(out.pieces[1].first_index, 4U);
  EXPECT_EQ(out.pieces[1].stamp.t0_ticks, 4);
}

TEST(HistogramBlock, DropsThePieceThatAGapInterrupts) {
  const Signal in = with_gap(waveform({{0, 0, 1, 1, 1, 2, 2, 2, 3}}), 2, 1);
  const Signal out = run("histogram", quarters("length", 3.0), in);
  ASSERT_EQ(out.pieces.size(), 2U);
  EXPECT_EQ(out.pieces[0].first_index, 3U);
  EXPECT_EQ(out.pieces[0].gap_before.samples, 1U);
  EXPECT_EQ(out.pieces[1].gap_before.samples, 0U);
}

TEST(HistogramBlock, TakesTheDeclaredRangeOfTheChannels) {
  Signal in = records(Kind::kRecord, {{{0}, {0}}});
  in.info.channels[0].range_min = -2;
  in.info.channels[0].range_max = 2;
  in.info.channels[1].range_min = -1;
  in.info.channels[1].range_max = 6;
  const Signal out = run("histogram", {{"bins", 8.0}}, in);
  EXPECT_EQ(out.info.axis.start, -1.5);
  EXPECT_EQ(out.info.axis.step, 1);
}

TEST(HistogramBlock, AChangeOfTheOutputGoesOnWithThePiece) {
  const Signal in = cut(waveform({{0, 1, 2, 3}}), {2});
  Rig first("histogram", quarters("length", 4.0), in.info);
  first.push(in.pieces[0]);
  Table params = quarters("length", 4.0);
  params["output"] = "fraction";
  Rig second("histogram", params, in.info);
  second.adopt(first);
  const std::vector<Piece> made = second.push(in.pieces[1]);
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(made[0].samples[0], std::vector<float>(4, 0.25F));
}

TEST(HistogramBlock, RefusesWhatItCannotCount) {
  SignalInfo in = records(Kind::kRecord, {{{0, 1}}}).info;
  in.channels[0].range_min = in.channels[0].range_max = 0;
  EXPECT_EQ(refusal("histogram", {}, in).where, "lower");  // no declared range
  EXPECT_EQ(refusal("histogram", {{"lower", 1.0}, {"upper", 1.0}}, in).allowed,
            "lower below upper");
  EXPECT_EQ(refusal("histogram", {{"lower", "1 A"}, {"upper", 2.0}}, in).where, "lower");
  EXPECT_EQ(refusal("histogram", quarters("bins", 0.0), in).where, "histogram.bins");
  EXPECT_EQ(refusal("histogram", quarters("length", 5.0), in).where, "length");
  EXPECT_EQ(refusal("histogram", kQuarters, waveform({{0}}).info).where, "length");
  SignalInfo mixed = records(Kind::kRecord, {{{0}, {0}}}).info;
  mixed.channels[1].unit = "A";
  EXPECT_EQ(refusal("histogram", kQuarters, mixed).allowed, "channels of one unit");
}

}  // namespace
}  // namespace acq::test
