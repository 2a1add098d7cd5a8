#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "dsp/math/fir_design.h"
#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

std::vector<float> sine(std::size_t count, double cycles_per_sample) {
  std::vector<float> x(count);
  for (std::size_t i = 0; i < count; ++i) {
    x[i] = static_cast<float>(
        std::sin(2 * std::numbers::pi * cycles_per_sample * static_cast<double>(i)));
  }
  return x;
}

std::vector<float> impulse(std::size_t count, std::size_t at) {
  std::vector<float> x(count, 0.0F);
  x[at] = 1;
  return x;
}

TEST(Fir, OwnTapsAreTheImpulseResponse) {
  const Signal out = run("fir", {{"kind", "taps"}, {"taps", List{0.5, -1.0, 2.0}}},
                         waveform({impulse(8, 2), impulse(8, 5)}));
  EXPECT_EQ(joined(out, 0), (std::vector<float>{0, 0, 0.5, -1, 2, 0, 0, 0}));
  EXPECT_EQ(joined(out, 1), (std::vector<float>{0, 0, 0, 0, 0, 0.5, -1, 2}));
}

TEST(Fir, PassesASineInTheBandDelayedByTheGroupDelayAndStopsOneOutside) {
  const Table params{{"kind", "band"},
                     {"cutoff", List{"100 Hz", "200 Hz"}},
                     {"transition", 20.0},
                     {"attenuation", 80.0}};
  const Signal in = waveform({sine(2000, 0.15), sine(2000, 0.3)});
  const Signal out = run("fir", params, in);
  const double delay = out.info.group_delay.value();
  EXPECT_EQ(delay, std::floor(delay));
  for (std::size_t i = 1000; i < 2000; ++i) {
    // Kaiser, 80 dB: ripple and leakage 1e-4; its formulas are good to a decibel.
    const auto source = i - static_cast<std::size_t>(delay);
    EXPECT_NEAR(joined(out, 0)[i], joined(in, 0)[source], 1.2e-4);
    EXPECT_NEAR(joined(out, 1)[i], 0, 1.2e-4);
    if (::testing::Test::HasFailure()) break;
  }
}

TEST(Fir, GivesTheSameForAnyCut) {
  const Signal in = waveform({noise(5000, 1), noise(5000, 2), noise(5000, 3)});
  expect_same_for_any_cut("fir", {{"cutoff", 50.0}, {"order", 30.0}}, with_gap(in, 2000, 500));
}

TEST(Fir, StartsAnewBehindAGapOrHoldsAsAsked) {
  const Signal whole = waveform({noise(100, 4)});
  const Signal in = with_gap(whole, 40, 20);
  const Table taps{{"kind", "taps"}, {"taps", List{1.0, 1.0}}};
  const std::vector<float> x = joined(in);
  const Signal reset = run("fir", taps, in);
  EXPECT_EQ(joined(reset)[40], x[40]);
  EXPECT_EQ(reset.pieces[1].gap_before, (Gap{20, kGapDevice, true}));
  EXPECT_EQ(reset.pieces[1].first_index, 60U);
  Table holding = taps;
  holding["on_gap"] = "hold";
  EXPECT_EQ(joined(run("fir", holding, in))[40], x[40] + x[39]);
}

// By both methods: what comes out behind the border is what comes out of the second record alone.
TEST(Fir, NeverUsesSamplesOfTwoRecordsOfTheInstrument) {
  const std::vector<float> x = noise(6000, 8);
  const Signal in = with_new_record(waveform({x}), 2500);
  const Signal second = waveform({std::vector<float>(x.begin() + 2500, x.end())});
  for (const char* method : {"direct", "overlap_save"}) {
    const Table params{{"cutoff", 50.0}, {"order", 30.0}, {"method", method}};
    const Signal out = run("fir", params, in);
    const std::vector<float> alone = joined(run("fir", params, second));
    const std::vector<float> all = joined(out);
    ASSERT_GT(alone.size(), 1000U);
    ASSERT_EQ(all.size(), 2500 + alone.size());
    EXPECT_EQ(std::vector<float>(all.begin() + 2500, all.end()), alone);
    Gap told;
    for (const Piece& piece : out.pieces) told.add(piece.gap_before);
    EXPECT_EQ(told, (Gap{0, kGapNewRecord, true}));
    expect_same_for_any_cut("fir", params, in);
  }
}

TEST(Fir, ANewEpochIsAGap) {
  Signal in = cut(waveform({std::vector<float>(10, 1.0F)}), {5});
  in.pieces[1].epoch = 7;
  const Signal out = run("fir", {{"kind", "taps"}, {"taps", List{1.0, 1.0}}}, in);
  EXPECT_EQ(joined(out), (std::vector<float>{1, 2, 2, 2, 2, 1, 2, 2, 2, 2}));
}

TEST(Fir, AdoptKeepsTheSamplesSeen) {
  const Signal in = cut(waveform({noise(64, 5)}), {32});
  Rig before("fir", {{"kind", "taps"}, {"taps", List{1.0, 2.0}}}, in.info);
  before.push(in.pieces[0]);
  Rig after("fir", {{"kind", "taps"}, {"taps", List{0.0, 4.0}}}, in.info);
  after.adopt(before);
  EXPECT_EQ(after.push(in.pieces[1]).at(0).samples[0][0], 4 * in.pieces[0].samples[0][31]);
}

TEST(Fir, DelayIsCountedAtTheRateOfTheSource) {
  SignalInfo in = waveform({{0}}).info;
  in.index_ratio = {10, 1};
  in.group_delay = {3, 1};
  EXPECT_EQ(Rig("fir", {{"cutoff", 100.0}, {"order", 5.0}}, in).info().group_delay,
            (Rational{28, 1}));
}

TEST(Fir, RefusesWhatDoesNotSuitAndNamesTheField) {
  const SignalInfo in = waveform({{0}}).info;  // 1 kHz
  const auto where = [&](const Table& params) {
    const Error error = refusal("fir", params, in);
    EXPECT_EQ(error.code, Code::kInvalid);
    return error.where;
  };
  const Error above = refusal("fir", {{"cutoff", "600 Hz"}}, in);
  EXPECT_EQ(above.sentence, "cutoff is 600 Hz at a rate of 1 kHz");
  EXPECT_EQ(above.allowed, "above 0 Hz and below 500 Hz");
  EXPECT_EQ(where({}), "cutoff");
  EXPECT_EQ(where({{"cutoff", List{1.0, 2.0}}}), "cutoff");
  EXPECT_EQ(where({{"kind", "high"}, {"cutoff", 100.0}, {"order", 63.0}}), "order");
  EXPECT_EQ(where({{"cutoff", 100.0}, {"order", 8.0}, {"transition", 5.0}}), "transition");
  EXPECT_EQ(where({{"cutoff", 100.0}, {"transition", 1e-6}}), "transition");
  EXPECT_EQ(where({{"cutoff", 100.0}, {"attenuation", 50.0}}), "attenuation");
  EXPECT_EQ(where({{"cutoff", 100.0}, {"transition", 50.0}, {"window", "hann"}}), "window");
  EXPECT_EQ(where({{"cutoff", 100.0}, {"window", "kaiser"}}), "window_params");
  EXPECT_EQ(where({{"cutoff", 100.0}, {"taps", List{1.0}}}), "taps");
  EXPECT_EQ(where({{"kind", "taps"}}), "taps");
  EXPECT_EQ(where({{"kind", "taps"}, {"taps", List{1.0}}, {"cutoff", 100.0}}), "cutoff");
  SignalInfo records = in;
  records.kind = Kind::kRecord;
  EXPECT_EQ(refusal("fir", {{"cutoff", 100.0}}, records).code, Code::kInvalid);
}

TEST(Fir, EquirippleErrorsOfBothBandsAreEqual) {
  const Table params = {
      {"design", "equiripple"}, {"cutoff", 150.0}, {"transition", 60.0}, {"order", 40.0}};
  std::vector<float> impulse(200, 0.0F);
  impulse[0] = 1;
  const std::vector<float> h = joined(run("fir", params, waveform({impulse})));
  const std::vector<double> taps(h.begin(), h.begin() + 41);
  double pass = 0, stop = 0;
  for (double f = 0; f <= 0.12; f += 1e-4) pass = std::max(pass, std::abs(fir_gain(taps, f) - 1));
  for (double f = 0.18; f <= 0.5; f += 1e-4) stop = std::max(stop, fir_gain(taps, f));
  EXPECT_NEAR(pass, stop, 0.01 * stop);
  EXPECT_LT(stop, 0.01);
}

TEST(Fir, EquirippleRefusesWhatItHasNoUseFor) {
  const SignalInfo in = waveform({{1}}).info;
  const Table base = {{"design", "equiripple"}, {"cutoff", 150.0}};
  EXPECT_EQ(refusal("fir", base, in).where, "transition");
  Table window = base;
  window["window"] = "hann";
  EXPECT_EQ(refusal("fir", window, in).where, "window");
  Table wide = base;
  wide["transition"] = 400.0;
  EXPECT_EQ(refusal("fir", wide, in).where, "transition");
}

TEST(Fir, OverlapSaveGivesWhatTheDirectFormGives) {
  const Table shared = {{"cutoff", 100.0}, {"order", 300.0}};
  Table direct = shared, blocks = shared;
  direct["method"] = "direct";
  blocks["method"] = "overlap_save";
  // A gap, so that the last of a stretch comes out; what waits at the end does not.
  const Signal in = with_gap(waveform({noise(9000, 1), noise(9000, 2)}), 5000, 100);
  const Signal a = run("fir", direct, in), b = run("fir", blocks, cut(in, {700, 1, 55}));
  for (std::size_t c = 0; c < 2; ++c) {
    const std::vector<float> x = joined(a, c), y = joined(b, c);
    ASSERT_GT(y.size(), 7000U);
    for (std::size_t i = 0; i < y.size(); ++i) ASSERT_NEAR(x[i], y[i], 2e-6) << i;
  }
  EXPECT_EQ(a.info.group_delay, b.info.group_delay);
}

TEST(Fir, OverlapSaveIsTheSameForAnyCutAndTellsItsGaps) {
  const Table params = {{"cutoff", 100.0}, {"order", 60.0}, {"method", "overlap_save"}};
  const Signal in = with_gap(waveform({noise(6000, 3)}), 2500, 41);
  expect_same_for_any_cut("fir", params, in, 6, 900);
  const Signal out = run("fir", params, in);
  std::uint64_t lost = 0;
  for (const Piece& piece : out.pieces) lost += piece.gap_before.samples;
  EXPECT_EQ(lost, 41U);
}

TEST(Fir, AutoTakesBlocksOnlyWhereTheyAreShort) {
  const Table params = {{"cutoff", 100.0}, {"order", 300.0}};
  const SignalInfo slow = waveform({noise(100, 1)}, 1000).info;
  const SignalInfo fast = waveform({noise(100, 1)}, 1000000).info;
  EXPECT_EQ(Rig("fir", params, slow).info().max_count, slow.max_count);
  EXPECT_GT(Rig("fir", params, fast).info().max_count, 1000U);
}

TEST(Fir, AChangeOfMethodLosesNothingSilently) {
  Table params = {{"cutoff", 100.0}, {"order", 60.0}, {"method", "overlap_save"}};
  const Signal in = cut(waveform({noise(3000, 3)}), {500});
  Rig blocks("fir", params, in.info);
  std::uint64_t next = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    for (const Piece& piece : blocks.push(in.pieces[i])) next = piece.first_index + piece.count();
  }
  params["method"] = "direct";
  Rig direct("fir", params, in.info);
  direct.adopt(blocks);
  const Piece first = direct.push(in.pieces[3]).at(0);
  EXPECT_EQ(first.gap_before.samples, 1500 - next);
  EXPECT_EQ(first.gap_before.reasons, static_cast<std::uint32_t>(kGapReconfigure));
}

}  // namespace
}  // namespace acq::test
