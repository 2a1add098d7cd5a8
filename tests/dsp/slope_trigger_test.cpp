#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"
#include "tests/support/trigger_events.h"

namespace acq::test {
namespace {

TEST(SlopeTrigger, FiresAtTheEndOfTransitionsOfTheDurationWanted) {
  // From 1 to 3 in half a sample, then in 2 samples.
  const std::vector<float> x = {0, 4, 0, 0, 1, 2, 3, 4, 0};
  const Table levels{{"low", 1.0}, {"high", 3.0}};
  const auto with = [&](const char* name, double time) {
    Table params = levels;
    params[name] = time;
    return params;
  };
  expect_at(events("slope_trigger", levels, {0, 0, 4}), {1.75});
  expect_at(events("slope_trigger", with("longer_than", 0.001), x), {6});
  std::vector<float> falling(x.rbegin(), x.rend());
  Table slow = with("longer_than", 0.001);
  slow["slope"] = "falling";
  expect_at(events("slope_trigger", slow, falling), {4});
  Table fast = with("shorter_than", 0.001);
  fast["slope"] = "falling";
  expect_at(events("slope_trigger", fast, falling), {7.75});
}

TEST(SlopeTrigger, ATransitionThatTurnsBackIsNone) {
  EXPECT_TRUE(events("slope_trigger", {{"low", 1.0}, {"high", 3.0}}, {0, 2, 0, 2, 2, 0}).empty());
}

TEST(SlopeTrigger, GivesTheSameHoweverTheInputIsCut) {
  const Signal in = waveform({noise(3000, 1), noise(3000, 2)});
  Table params = find_block("slope_trigger")->example();
  params["pre"] = 10.0;
  params["post"] = 20.0;
  expect_same_for_any_cut("slope_trigger", params, with_gap(in, 900, 33), 4, 700);
}

TEST(SlopeTrigger, RefusesIllegalParameters) {
  const SignalInfo in = waveform({{1}}).info;
  Table params{{"post", 1.0}, {"low", 0.0}, {"high", 1.0}};
  params["low"] = 2.0;
  EXPECT_EQ(refusal("slope_trigger", params, in).where, "low");
  EXPECT_EQ(refusal("slope_trigger", params, in).allowed, "below 1 V");
  params["low"] = "1 Hz";
  EXPECT_EQ(refusal("slope_trigger", params, in).where, "low");
  params["low"] = 0.0;
  params["longer_than"] = 2.0;
  params["shorter_than"] = 1.0;
  EXPECT_EQ(refusal("slope_trigger", params, in).where, "longer_than");
  params["longer_than"] = 0.0;
  params["channel"] = std::string("no such");
  EXPECT_EQ(refusal("slope_trigger", params, in).where, "channel");
}

}  // namespace
}  // namespace acq::test
