#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

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

}  // namespace
}  // namespace acq::test
