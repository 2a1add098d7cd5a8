#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"
#include "tests/support/trigger_events.h"

namespace acq::test {
namespace {

TEST(WindowTrigger, FiresWhereTheBorderIsMet) {
  //                             0  1  2  3   4  5   6  7
  const std::vector<float> x = {0, 0, 2, 5, 0, -4, 0, 0.5F};
  const Table window{{"low", -1.0}, {"high", 1.0}};
  expect_at(events("window_trigger", window, x), {1.5, 4.25});
  Table enters = window;
  enters["when"] = "enters";
  expect_at(events("window_trigger", enters, x), {3.8, 5.75});
}

TEST(WindowTrigger, HysteresisWantsItFartherInside) {
  const Table window{{"low", -1.0}, {"high", 1.0}, {"hysteresis", 0.5}};
  expect_at(events("window_trigger", window, {0, 2, 0.9F, 2, 0.4F, 2}), {0.5, 4.375});
}

TEST(WindowTrigger, GivesTheSameHoweverTheInputIsCut) {
  const Signal in = waveform({noise(3000, 1), noise(3000, 2)});
  Table params = find_block("window_trigger")->example();
  params["pre"] = 10.0;
  params["post"] = 20.0;
  expect_same_for_any_cut("window_trigger", params, with_gap(in, 900, 33), 4, 700);
}

TEST(WindowTrigger, RefusesIllegalParameters) {
  const SignalInfo in = waveform({{1}}).info;
  Table params{{"post", 1.0}, {"low", 0.0}, {"high", 1.0}};
  params["low"] = 2.0;
  EXPECT_EQ(refusal("window_trigger", params, in).where, "low");
  EXPECT_EQ(refusal("window_trigger", params, in).allowed, "below 1 V");
  params["low"] = "1 Hz";
  EXPECT_EQ(refusal("window_trigger", params, in).where, "low");
  params["low"] = 0.0;
  params["hysteresis"] = 0.75;
  EXPECT_EQ(refusal("window_trigger", params, in).where, "hysteresis");
  EXPECT_EQ(refusal("window_trigger", params, in).allowed, "0 to 500 mV");
  params["hysteresis"] = 0.25;
  params["channel"] = std::string("no such");
  EXPECT_EQ(refusal("window_trigger", params, in).where, "channel");
}

}  // namespace
}  // namespace acq::test
