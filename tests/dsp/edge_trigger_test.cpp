#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// A triangle of height 1 and 40 samples a period: rises through 0 at 10, 50, 90 ... when `shift` is
// 0.
std::vector<float> triangle(std::size_t count, double shift = 0) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double phase = std::fmod(static_cast<double>(i) - shift + 4000, 40.0);
    values[i] = static_cast<float>(phase < 20 ? -1 + phase / 10 : 3 - phase / 10);
  }
  return values;
}

std::vector<std::uint64_t> starts(const Signal& signal) {
  std::vector<std::uint64_t> all;
  for (const Piece& piece : signal.pieces) all.push_back(piece.first_index);
  return all;
}

using Indices = std::vector<std::uint64_t>;

TEST(EdgeTrigger, CutsARecordAroundEachRisingEdge) {
  const std::vector<float> x = triangle(200, 0.25);  // crosses 0 upwards at 10.25, 50.25 ...
  const Signal out = run("edge_trigger", {{"pre", 5.0}, {"post", 15.0}}, stamped(waveform({x, x})));
  ASSERT_EQ(starts(out),
            (Indices{6, 46, 86, 126, 166}));  // 11 - 5: the first sample beyond the level
  EXPECT_EQ(out.info.kind, Kind::kRecord);
  EXPECT_EQ(out.info.max_count, 20U);
  EXPECT_EQ(out.info.axis.start, -0.005);
  EXPECT_EQ(out.info.axis.step, 0.001);
  for (const Piece& record : out.pieces) {
    EXPECT_TRUE(record.flags & kFlagTriggered);
    EXPECT_EQ(record.stamp.t0_ticks, static_cast<std::int64_t>(record.first_index));
    for (std::size_t c = 0; c < 2; ++c) {
      for (std::size_t i = 0; i < 20; ++i) {
        EXPECT_EQ(record.samples[c][i], x[record.first_index + i]);
      }
    }
    ASSERT_EQ(record.triggers.size(), 1U);
    EXPECT_TRUE(record.triggers[0].is_rising);
    EXPECT_EQ(record.triggers[0].level, 0);
    // A straight line through float32 samples of slope 0.1: within 1 ulp of 0.1 over the slope.
    EXPECT_NEAR(record.triggers[0].position, 4.25, 1e-6);
    EXPECT_NEAR(record.axis_start.value(), -4.25e-3, 1e-9);
  }
}

TEST(EdgeTrigger, SlopeChoosesTheDirection) {
  const Signal in = waveform({triangle(120)});
  const Table lengths{{"pre", 3.0}, {"post", 5.0}};
  Table falling = lengths;
  falling["slope"] = "falling";
  Table either = lengths;
  either["slope"] = "either";
  EXPECT_EQ(starts(run("edge_trigger", lengths, in)), (Indices{7, 47, 87}));
  EXPECT_EQ(starts(run("edge_trigger", falling, in)), (Indices{27, 67, 107}));
  const Signal both = run("edge_trigger", either, in);
  EXPECT_EQ(starts(both), (Indices{7, 27, 47, 67, 87, 107}));
  EXPECT_TRUE(both.pieces[0].triggers[0].is_rising);
  EXPECT_FALSE(both.pieces[1].triggers[0].is_rising);
}

TEST(EdgeTrigger, ArmsOnlyBeyondTheHysteresis) {
  //                       0     1     2     3      4     5      6
  const Signal in = waveform({{-0.5F, 1.0F, -0.1F, 1.0F, -0.3F, 1.0F, 1.0F}});
  const Table params{{"hysteresis", 0.2}, {"post", 1.0}};
  EXPECT_EQ(starts(run("edge_trigger", params, in)), (Indices{1, 5}));
  EXPECT_EQ(starts(run("edge_trigger", {{"post", 1.0}}, in)), (Indices{1, 3, 5}));
}

TEST(EdgeTrigger, ASignalThatRestsAtTheLevelTriggersOnce) {
  const Signal in = waveform({{-1, 0, 0, 0, 0, -1, 0, 0}});
  EXPECT_EQ(starts(run("edge_trigger", {{"post", 1.0}}, in)), (Indices{1, 6}));
}

TEST(EdgeTrigger, NeedsAnEdgeNotMerelyAHighSignal) {
  EXPECT_TRUE(run("edge_trigger", {{"post", 1.0}}, waveform({{1, 1, 1}})).pieces.empty());
}

TEST(EdgeTrigger, HoldOffSkipsEdgesAndEdgesInsideARecordDoNotTrigger) {
  const Signal in = waveform({triangle(400)});  // edges at 10, 50, 90 ...
  EXPECT_EQ(starts(run("edge_trigger", {{"post", 5.0}, {"hold_off", 100.0}}, in)),
            (Indices{10, 130, 250, 370}));
  EXPECT_EQ(starts(run("edge_trigger", {{"post", 60.0}}, in)), (Indices{10, 90, 170, 250, 330}));
}

TEST(EdgeTrigger, ARecordMayBeginInsideTheOneBefore) {
  const Signal out =
      run("edge_trigger", {{"pre", 39.0}, {"post", 40.0}}, waveform({triangle(200)}));
  EXPECT_EQ(starts(out), (Indices{11, 51, 91}));  // edges at 50, 90, 130; at 170 the input ends
}

TEST(EdgeTrigger, TimesCountLikeSamples) {
  const Signal in = waveform({triangle(200)});
  expect_same(run("edge_trigger", {{"pre_time", "5 ms"}, {"post_time", "15 ms"}}, in),
              run("edge_trigger", {{"pre", 5.0}, {"post", 15.0}}, in));
}

TEST(EdgeTrigger, WaitsUntilTheHistoryIsFull) {
  EXPECT_EQ(starts(run("edge_trigger", {{"pre", 11.0}, {"post", 1.0}}, waveform({triangle(100)}))),
            (Indices{39, 79}));  // not the edge at 10
}

TEST(EdgeTrigger, AutoModeCutsUntriggeredRecordsUntilAnEdgeComes) {
  std::vector<float> x(100, -1.0F);
  x.resize(105, 1.0F);
  x.resize(140, -1.0F);
  const Signal out =
      run("edge_trigger", {{"pre", 2.0}, {"post", 8.0}, {"auto_after", 30.0}}, waveform({x}));
  // Ready at 2, forced at 32; ready at 40, forced at 70; ready at 78, the edge at 100; ready at
  // 108, forced at 138, unfinished.
  ASSERT_EQ(starts(out), (Indices{30, 68, 98}));
  EXPECT_FALSE(out.pieces[0].flags & kFlagTriggered);
  EXPECT_TRUE(out.pieces[0].triggers.empty());
  EXPECT_EQ(out.pieces[0].axis_start, -0.002);
  EXPECT_TRUE(out.pieces[2].flags & kFlagTriggered);
}

TEST(EdgeTrigger, TriggersOnTheNamedChannelAndCutsAll) {
  const Signal in = waveform({std::vector<float>(100, 0.5F), triangle(100)});
  const Signal out = run("edge_trigger", {{"channel", "ch2"}, {"post", 4.0}}, in);
  ASSERT_EQ(starts(out), (Indices{10, 50, 90}));
  EXPECT_EQ(out.pieces[0].samples[0], (std::vector<float>(4, 0.5F)));
  EXPECT_EQ(out.pieces[0].triggers[0].channel, 1U);
}

TEST(EdgeTrigger, NanIsNoCrossing) {
  const Signal in = waveform({{-1, kNan, kNan, 1, kNan, -1, 1}});
  const Signal out = run("edge_trigger", {{"post", 1.0}}, in);
  ASSERT_EQ(starts(out), (Indices{3, 6}));
  EXPECT_EQ(out.pieces[0].triggers[0].position, 0);  // no line can be drawn from NaN
  EXPECT_EQ(out.pieces[1].triggers[0].position, -0.5);
}

TEST(EdgeTrigger, GivesTheSameHoweverTheInputIsCut) {
  // Noise with many edges, records of several chunks, several records a chunk, all modes.
  const Signal noisy = waveform({noise(6000, 3), noise(6000, 4)});
  const std::vector<Table> kTables = {
      {{"level", 0.5}, {"hysteresis", 1.0}, {"pre", 50.0}, {"post", 70.0}, {"slope", "either"}},
      {{"level", -0.2}, {"post", 1.0}, {"slope", "falling"}},
      {{"pre", 900.0}, {"post", 10.0}, {"hold_off", 37.0}},
      {{"level", 0.999}, {"pre", 7.0}, {"post", 30.0}, {"auto_after", 100.0}, {"channel", "ch2"}},
  };
  for (const Table& params : kTables) expect_same_for_any_cut("edge_trigger", params, noisy);
}

TEST(EdgeTrigger, DropsARecordThatAGapInterruptsAndTellsTheGapInTheNext) {
  const Signal whole = waveform({triangle(400)});
  // The edge at 90 is followed by 20 samples; 95 to 104 are lost.
  const Signal in = with_gap(whole, 95, 10);
  const Signal out = run("edge_trigger", {{"pre", 5.0}, {"post", 20.0}}, in);
  EXPECT_EQ(starts(out), (Indices{5, 45, 125, 165, 205, 245, 285, 325, 365}));
  for (const Piece& record : out.pieces) {
    const bool is_first_behind = record.first_index == 125;
    EXPECT_EQ(record.gap_before, (is_first_behind ? Gap{10, kGapDevice, true} : Gap{}));
  }
  expect_same_for_any_cut("edge_trigger", {{"pre", 5.0}, {"post", 20.0}}, in);
}

TEST(EdgeTrigger, AfterAGapTheHistoryIsOnlyWhatCameBehindIt) {
  const Signal in = with_gap(waveform({triangle(200)}), 60, 25);  // continues at 85, edge at 90
  EXPECT_EQ(starts(run("edge_trigger", {{"pre", 6.0}, {"post", 4.0}}, in)),
            (Indices{4, 44, 124, 164}));
}

TEST(EdgeTrigger, NeverCutsARecordFromTwoRecordsOfTheInstrument) {
  // The edge at 90 is followed by 20 samples, of which 10 are of the next record; the edge at 130
  // wants 5 before it, and a record begins at 127. One more begins on the very edge at 210.
  Signal in = waveform({triangle(400)});
  for (const std::uint64_t start : {100U, 127U, 210U}) in = with_new_record(in, start);
  const Signal out = run("edge_trigger", {{"pre", 5.0}, {"post", 20.0}}, in);
  EXPECT_EQ(starts(out), (Indices{5, 45, 165, 245, 285, 325, 365}));
  for (const Piece& record : out.pieces) {
    const bool is_first_behind = record.first_index == 165 || record.first_index == 245;
    EXPECT_EQ(record.gap_before, (is_first_behind ? Gap{0, kGapNewRecord, true} : Gap{}));
  }
  expect_same_for_any_cut("edge_trigger", {{"pre", 5.0}, {"post", 20.0}}, in);
}

TEST(EdgeTrigger, ANewEpochStartsAnew) {
  Signal in = waveform({triangle(60)});
  in.pieces.push_back(in.pieces[0]);  // index goes back to 0
  in.pieces[1].epoch = 1;
  const Signal out = run("edge_trigger", {{"pre", 2.0}, {"post", 20.0}}, in);
  EXPECT_EQ(starts(out), (Indices{8, 8}));
  EXPECT_EQ(out.pieces[1].epoch, 1U);
}

TEST(EdgeTrigger, CarriesFlagsAndOverRangesOfItsSamplesOnly) {
  Signal in = cut(waveform({triangle(240)}), {40});      // edges at 10, 50, 90, 130, 170, 210
  in.pieces[2].flags = kFlagOverrange | kFlagSimulated;  // samples 80 to 119
  in.pieces[2].overrange_high = 1;
  const Signal out = run("edge_trigger", {{"pre", 15.0}, {"post", 20.0}}, in);
  ASSERT_EQ(starts(out), (Indices{35, 75, 115, 155, 195}));
  const std::vector<std::uint64_t> expected = {0, 1, 1, 0, 0};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(out.pieces[i].overrange_high, expected[i]) << i;
    EXPECT_EQ((out.pieces[i].flags & kFlagOverrange) != 0, expected[i] != 0) << i;
  }
}

TEST(EdgeTrigger, AChangeOfLevelKeepsTheHistory) {
  const Signal in = cut(waveform({triangle(300)}), {30});
  const Table before{{"pre", 20.0}, {"post", 10.0}};
  Table after = before;
  after["level"] = 0.5;  // edges 5 samples later
  Rig first("edge_trigger", before, in.info);
  Rig second("edge_trigger", after, in.info);
  Indices all;
  for (std::size_t i = 0; i < in.pieces.size(); ++i) {
    if (i == 4) second.adopt(first);  // at 120: the edge at 135 needs samples from 115 on
    for (const Piece& record : (i < 4 ? first : second).push(in.pieces[i])) {
      all.push_back(record.first_index);
    }
  }
  EXPECT_EQ(all, (Indices{30, 70, 115, 155, 195, 235}));
}

TEST(EdgeTrigger, AChangeInsideARecordDoesNotDisturbIt) {
  const Signal in = cut(waveform({triangle(300)}), {30});
  const Table params{{"pre", 20.0}, {"post", 35.0}};
  Rig first("edge_trigger", params, in.info);
  Rig second("edge_trigger", params, in.info);
  Signal changed{first.info(), {}};
  for (std::size_t i = 0; i < in.pieces.size(); ++i) {
    if (i == 2) second.adopt(first);  // at 60, inside the record of the edge at 50
    for (Piece& record : (i < 2 ? first : second).push(in.pieces[i])) {
      changed.pieces.push_back(std::move(record));
    }
  }
  expect_same(changed, run("edge_trigger", params, in));
}

TEST(EdgeTrigger, AChangeDoesNotBeginItsPatienceAnew) {
  const Signal in = cut(waveform({std::vector<float>(300, -1.0F)}), {30});
  const Table params{{"post", 10.0}, {"auto_after", 100.0}};
  auto rig = std::make_unique<Rig>("edge_trigger", params, in.info);
  Indices all;
  for (const Piece& piece : in.pieces) {
    auto next = std::make_unique<Rig>("edge_trigger", params, in.info);
    next->adopt(*rig);
    rig = std::move(next);
    for (const Piece& record : rig->push(piece)) all.push_back(record.first_index);
  }
  EXPECT_EQ(all, (Indices{100, 210}));
}

TEST(EdgeTrigger, TakesItsLevelInTheUnitOfTheChannel) {
  Signal in = waveform({triangle(200)});
  in.info.channels[0].unit = "V";
  const Table bare{{"level", 0.5}, {"hysteresis", 0.1}, {"post", 1.0}};
  const Table volts{{"level", "500 mV"}, {"hysteresis", "0.1 V"}, {"post", 1.0}};
  expect_same(run("edge_trigger", volts, in), run("edge_trigger", bare, in));
  const Error wrong = refusal("edge_trigger", {{"level", "0.5 A"}, {"post", 1.0}}, in.info);
  EXPECT_EQ(wrong.code, Code::kInvalid);
  EXPECT_EQ(wrong.where, "level");
  EXPECT_EQ(wrong.sentence, "level cannot be used: 'A' cannot be converted to V");
  EXPECT_EQ(wrong.allowed, "a quantity in V");
  in.info.channels[0].unit = "mmHg";
  const Table torr{{"level", "0.5 mmHg"}, {"hysteresis", "0.1 mmHg"}, {"post", 1.0}};
  expect_same(run("edge_trigger", torr, in), run("edge_trigger", bare, in));
  EXPECT_EQ(refusal("edge_trigger", {{"level", "V"}, {"post", 1.0}}, in.info).where,
            "edge_trigger.level");
  EXPECT_EQ(refusal("edge_trigger", {{"hysteresis", "-1 V"}, {"post", 1.0}}, in.info).where,
            "edge_trigger.hysteresis");
}

TEST(EdgeTrigger, OnLogicTimeZeroIsHalfASampleBeforeTheEdge) {
  const Signal in = logic({"1111111111", "0001110011"});
  const Signal out =
      run("edge_trigger", {{"channel", std::string("ch2")}, {"pre", 2.0}, {"post", 2.0}}, in);
  ASSERT_EQ(starts(out), (Indices{1, 6}));
  EXPECT_TRUE(out.info.is_logic);
  EXPECT_EQ(out.pieces[0].samples[1], (std::vector<float>{0, 0, 1, 1}));
  EXPECT_EQ(out.pieces[0].triggers[0].position, 1.5);
  EXPECT_EQ(out.pieces[0].axis_start, -1.5e-3);
  const Error error = refusal("edge_trigger", {{"level", 0.3}, {"post", 1.0}}, in.info);
  EXPECT_EQ(error.where, "level");
  EXPECT_EQ(error.allowed, "no level for logic");
}

TEST(EdgeTrigger, RefusesWhatItCannotDoAndSaysWhatIsAllowed) {
  const SignalInfo in = waveform({{0}, {0}}).info;
  const auto refused = [&](const Table& params) { return refusal("edge_trigger", params, in); };
  EXPECT_EQ(refused({}).where, "post");
  EXPECT_EQ(refused({{"post", 4.0}, {"post_time", 1.0}}).code, Code::kInvalid);
  EXPECT_EQ(refused({{"post", 4.0}, {"channel", "x"}}).allowed, "ch1, ch2");
  EXPECT_EQ(refused({{"post", 4.0}, {"pre", 8388605.0}}).allowed, "0 to 8388604 samples");
  EXPECT_EQ(refused({{"post_time", "3 h"}}).where, "post_time");
  EXPECT_EQ(refused({{"post", 4.0}, {"hysteresis", -1.0}}).code, Code::kInvalid);
  EXPECT_EQ(refused({{"post", 4.0}, {"slope", "up"}}).allowed, "rising, falling, either");
  const Signal record = records(Kind::kRecord, {{{1, 2}}});
  EXPECT_EQ(refusal("edge_trigger", {{"post", 1.0}}, record.info).allowed, "a waveform or logic");
}

}  // namespace
}  // namespace acq::test
