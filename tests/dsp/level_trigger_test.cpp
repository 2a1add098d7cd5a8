#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"
#include "tests/support/trigger_events.h"

namespace acq::test {
namespace {

TEST(LevelTrigger, FiresAtEachSampleOnItsSideOnceReady) {
  const std::vector<float> x = {0, 0, 1, 2, 3, 0, 0, 1, 0};
  expect_at(events("level_trigger", {{"level", 1.0}}, x), {2, 3, 4, 7});
  expect_at(events("level_trigger", {{"level", 1.0}, {"side", "below"}}, x), {1, 2, 5, 6, 7, 8});
}

TEST(LevelTrigger, NanIsOnNoSide) {
  expect_at(events("level_trigger", {{"level", 1.0}}, {0, NAN, 0, 2}), {3});
}

TEST(LevelTrigger, GivesTheSameHoweverTheInputIsCut) {
  const Signal in = waveform({noise(3000, 1), noise(3000, 2)});
  Table params = find_block("level_trigger")->example();
  params["pre"] = 10.0;
  params["post"] = 20.0;
  expect_same_for_any_cut("level_trigger", params, with_gap(in, 900, 33), 4, 700);
}

TEST(LevelTrigger, RefusesIllegalParameters) {
  const SignalInfo in = waveform({{1}}).info;
  Table params{{"post", 1.0}};
  params["level"] = "1 Hz";
  EXPECT_EQ(refusal("level_trigger", params, in).where, "level");
  params["level"] = 0.0;
  params["channel"] = std::string("no such");
  EXPECT_EQ(refusal("level_trigger", params, in).where, "channel");
}

}  // namespace
}  // namespace acq::test
