#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"
#include "tests/support/trigger_events.h"

namespace acq::test {
namespace {

TEST(RuntTrigger, FiresAtTheEndOfPulsesThatDoNotReachTheUpperLevel) {
  //                             0  1  2  3  4  5  6
  const std::vector<float> x = {0, 4, 0, 2, 0, 4, 0};
  expect_at(events("runt_trigger", {{"low", 1.0}, {"high", 3.0}}, x), {3.5});
  std::vector<float> mirrored = x;
  for (float& v : mirrored) v = 4 - v;
  expect_at(
      events("runt_trigger", {{"low", 1.0}, {"high", 3.0}, {"polarity", "negative"}}, mirrored),
      {3.5});
}

TEST(RuntTrigger, APulseThatBeganUnseenIsNoRunt) {
  EXPECT_TRUE(events("runt_trigger", {{"low", 1.0}, {"high", 3.0}}, {2, 2, 0, 4, 2, 0}).empty());
}

TEST(RuntTrigger, GivesTheSameHoweverTheInputIsCut) {
  const Signal in = waveform({noise(3000, 1), noise(3000, 2)});
  Table params = find_block("runt_trigger")->example();
  params["pre"] = 10.0;
  params["post"] = 20.0;
  expect_same_for_any_cut("runt_trigger", params, with_gap(in, 900, 33), 4, 700);
}

TEST(RuntTrigger, RefusesIllegalParameters) {
  const SignalInfo in = waveform({{1}}).info;
  Table params{{"post", 1.0}, {"low", 0.0}, {"high", 1.0}};
  params["low"] = 2.0;
  EXPECT_EQ(refusal("runt_trigger", params, in).where, "low");
  EXPECT_EQ(refusal("runt_trigger", params, in).allowed, "below 1 V");
  params["low"] = "1 Hz";
  EXPECT_EQ(refusal("runt_trigger", params, in).where, "low");
  params["low"] = 0.0;
  params["channel"] = std::string("no such");
  EXPECT_EQ(refusal("runt_trigger", params, in).where, "channel");
}

}  // namespace
}  // namespace acq::test
