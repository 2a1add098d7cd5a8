#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

TEST(Iir, ASineComesOutWithTheGainOfTheDefinition) {
  // 1 kHz, order 4, 50 Hz: at 100 Hz 1 / sqrt(1 + (tan(0.1 pi) / tan(0.05 pi))^8).
  std::vector<float> x(4000);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<float>(std::sin(0.2 * std::numbers::pi * static_cast<double>(i)));
  }
  const Signal out = run("iir", {{"cutoff", "50 Hz"}, {"order", 4.0}}, waveform({x}));
  float largest = 0;
  for (std::size_t i = 3000; i < 4000; ++i) largest = std::max(largest, joined(out)[i]);
  const double warped = std::tan(0.1 * std::numbers::pi) / std::tan(0.05 * std::numbers::pi);
  // The largest of samples every 36 degrees may be a factor of cos(18 degrees) low.
  const double gain = 1 / std::sqrt(1 + std::pow(warped, 8));
  EXPECT_LE(largest, gain * 1.0001);
  EXPECT_GE(largest, gain * std::cos(std::numbers::pi / 10) * 0.9999);
}

TEST(Iir, HighPassRemovesAConstantAndLowPassKeepsIt) {
  const Signal in = waveform({std::vector<float>(3000, 5.0F)});
  EXPECT_NEAR(joined(run("iir", {{"cutoff", 20.0}, {"kind", "high"}}, in)).back(), 0, 1e-6);
  EXPECT_NEAR(joined(run("iir", {{"cutoff", 20.0}}, in)).back(), 5, 1e-6);
  EXPECT_NEAR(joined(run("iir", {{"cutoff", List{50.0, 90.0}}, {"kind", "stop"}}, in)).back(), 5,
              1e-6);
}

TEST(Iir, GivesTheSameForAnyCut) {
  const Signal in = with_gap(waveform({noise(4000, 1), noise(4000, 2), noise(4000, 3)}), 999, 50);
  expect_same_for_any_cut("iir", {{"cutoff", 100.0}, {"order", 7.0}}, in);
  expect_same_for_any_cut("iir", {{"cutoff", 100.0}, {"order", 7.0}, {"on_gap", "hold"}}, in);
}

TEST(Iir, AGapStartsAnewOrHoldsAsAsked) {
  const Signal in = with_gap(waveform({std::vector<float>(400, 1.0F)}), 200, 10);
  EXPECT_LT(joined(run("iir", {{"cutoff", 20.0}}, in))[200], 0.01F);
  EXPECT_NEAR(joined(run("iir", {{"cutoff", 20.0}, {"on_gap", "hold"}}, in))[200], 1, 0.01);
}

TEST(Iir, AdoptGoesOnWithoutAJump) {
  const Signal in = cut(waveform({std::vector<float>(2000, 3.0F)}), {1000});
  for (const double order : {4.0, 9.0}) {  // the same number of sections, and another one
    Rig before("iir", {{"cutoff", 20.0}, {"order", 4.0}}, in.info);
    before.push(in.pieces[0]);
    Rig after("iir", {{"cutoff", 25.0}, {"order", order}}, in.info);
    after.adopt(before);
    const std::vector<Piece> made = after.push(in.pieces[1]);
    for (const float y : made.at(0).samples[0]) EXPECT_NEAR(y, 3, 1e-5);
  }
}

TEST(Iir, TellsTheDelayOfSlowSignals) {
  // Second-order Butterworth, analogue: sqrt(2) / (2 pi f); much below the rate it is the same.
  const Signal in = waveform({{0}}, 1'000'000);
  const double delay =
      Rig("iir", {{"cutoff", 1000.0}, {"order", 2.0}}, in.info).info().group_delay.value();
  EXPECT_NEAR(delay, 1e6 * std::numbers::sqrt2 / (2 * std::numbers::pi * 1000), 0.01);
}

TEST(Iir, RefusesWhatDoesNotSuit) {
  const SignalInfo in = waveform({{0}}).info;
  EXPECT_EQ(refusal("iir", {}, in).where, "cutoff");
  EXPECT_EQ(refusal("iir", {{"cutoff", 500.0}}, in).where, "cutoff");
  EXPECT_EQ(refusal("iir", {{"cutoff", 1e-6}}, in).where, "cutoff");
  EXPECT_EQ(refusal("iir", {{"cutoff", 100.0}, {"kind", "band"}}, in).where, "cutoff");
  EXPECT_EQ(refusal("iir", {{"cutoff", 100.0}, {"order", 21.0}}, in).where, "iir.order");
}

}  // namespace
}  // namespace acq::test
