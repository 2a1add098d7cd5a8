#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"
#include "tests/support/trigger_events.h"

namespace acq::test {
namespace {

// Pulses of 1 5/6, 3 5/6 and 5 5/6 samples at half height.
const std::vector<float> kPulses = {0, 0, 1, 0.75F, 0, 0, 1, 1,     1, 0.75F,
                                    0, 0, 1, 1,     1, 1, 1, 0.75F, 0, 0};

TEST(PulseTrigger, FiresAtTheEndOfPulsesOfTheWidthWanted) {
  const double ends[] = {3 + 1.0 / 3, 9 + 1.0 / 3, 17 + 1.0 / 3};  // 0.75 to 0 meets 0.5 at a third
  const auto with = [](double longer, double shorter) {
    return Table{{"level", 0.5}, {"longer_than", longer}, {"shorter_than", shorter}};
  };
  expect_at(events("pulse_trigger", with(0, 1), kPulses), {ends[0], ends[1], ends[2]});
  expect_at(events("pulse_trigger", with(0.0025, 1), kPulses), {ends[1], ends[2]});
  expect_at(events("pulse_trigger", with(0, 0.0025), kPulses), {ends[0]});
  expect_at(events("pulse_trigger", with(0.0025, 0.005), kPulses), {ends[1]});
}

TEST(PulseTrigger, MeasuresTheWidthBetweenTheSamples) {
  // From 1.5 to 3 1/3.
  const std::vector<float> x = {0, 0, 1, 0.75F, 0, 0};
  const auto fires = [&](double longer, double shorter) {
    return !events("pulse_trigger",
                   {{"level", 0.5}, {"longer_than", longer}, {"shorter_than", shorter}}, x)
                .empty();
  };
  EXPECT_TRUE(fires(0.00183, 0.00184));
  EXPECT_FALSE(fires(0.00184, 1));
  EXPECT_FALSE(fires(0, 0.00183));
}

TEST(PulseTrigger, MeasuresNegativePulsesBelowTheLevel) {
  std::vector<float> x = kPulses;
  for (float& v : x) v = 1 - v;
  expect_at(events("pulse_trigger",
                   {{"level", 0.5}, {"polarity", "negative"}, {"longer_than", 0.005}}, x),
            {17 + 1.0 / 3});
}

TEST(PulseTrigger, DoesNotCountAPulseWhoseStartItHasNotSeen) {
  EXPECT_TRUE(events("pulse_trigger", {{"level", 0.5}}, {1, 1, 1, 0, 0}).empty());
}

TEST(PulseTrigger, AChangeOfTheLengthsKeepsThePulseUnderWay) {
  const Signal in = cut(waveform({kPulses}), {4, 10, 6});  // the pulse from 11.5 to 17.3
  const Table before{{"level", 0.5}, {"longer_than", 0.005}, {"post", 1.0}};
  Table after = before;
  after["post"] = 2.0;
  Rig first("pulse_trigger", before, in.info);
  first.push(in.pieces[0]);
  first.push(in.pieces[1]);
  Rig second("pulse_trigger", after, in.info);
  second.adopt(first);
  const std::vector<Piece> made = second.push(in.pieces[2]);
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(made[0].first_index, 18U);
}

TEST(PulseTrigger, GivesTheSameHoweverTheInputIsCut) {
  const Signal in = waveform({noise(3000, 1), noise(3000, 2)});
  Table params = find_block("pulse_trigger")->example();
  params["pre"] = 10.0;
  params["post"] = 20.0;
  expect_same_for_any_cut("pulse_trigger", params, with_gap(in, 900, 33), 4, 700);
}

TEST(PulseTrigger, RefusesIllegalParameters) {
  const SignalInfo in = waveform({{1}}).info;
  Table params{{"post", 1.0}};
  params["hysteresis"] = -1.0;
  EXPECT_EQ(refusal("pulse_trigger", params, in).where, "pulse_trigger.hysteresis");
  params["hysteresis"] = 0.0;
  params["longer_than"] = 2.0;
  params["shorter_than"] = 1.0;
  EXPECT_EQ(refusal("pulse_trigger", params, in).where, "longer_than");
  params["longer_than"] = 0.0;
  params["channel"] = std::string("no such");
  EXPECT_EQ(refusal("pulse_trigger", params, in).where, "channel");
}

}  // namespace
}  // namespace acq::test
