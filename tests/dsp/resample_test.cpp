#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"
#include "tests/support/waves.h"

namespace acq::test {
namespace {

constexpr double kPi = std::numbers::pi;

TEST(Resample, ASineComesOutAtTheNewRateLateByTheDeclaredDelay) {
  for (const auto& [up, down] :
       {std::pair(3, 2), std::pair(2, 3), std::pair(7, 5), std::pair(1, 4)}) {
    const Table params = {{"up", static_cast<double>(up)}, {"down", static_cast<double>(down)}};
    const Signal out = run("resample", params, cut(waveform({cosine(23, 3000)}), {100, 1, 333}));
    const std::vector<float> y = joined(out);
    const double delay = out.info.group_delay.value();
    EXPECT_NEAR(static_cast<double>(y.size()), 3000.0 * up / down, 1);
    for (std::size_t k = y.size() / 2; k < y.size(); ++k) {
      const double t = static_cast<double>(k) * down / up - delay;
      ASSERT_NEAR(y[k], std::cos(2 * kPi * 0.023 * t), 4e-3) << up << "/" << down << " " << k;
    }
  }
}

TEST(Resample, TellsTheNewRateAndIndexInLowestTerms) {
  const Signal out = run("resample", {{"up", 6.0}, {"down", 4.0}}, waveform({cosine(1, 100)}));
  EXPECT_EQ(out.info.rate_hz, (Rational{1500, 1}));
  EXPECT_EQ(out.info.index_ratio, (Rational{2, 3}));
}

TEST(Resample, KeepsTheGridOfTheEpochBehindAGap) {
  const Signal in = with_gap(waveform({std::vector<float>(300, 1.0F)}), 100, 50);
  const Signal out = run("resample", {{"up", 2.0}, {"down", 5.0}}, in);
  ASSERT_EQ(out.pieces.size(), 2U);
  EXPECT_EQ(out.pieces[0].count(), 40U);
  EXPECT_EQ(out.pieces[1].first_index, 60U);
  EXPECT_EQ(out.pieces[1].gap_before.samples, 20U);
}

TEST(Resample, IsTheSameForAnyCutUpAndDown) {
  const Signal in = with_gap(waveform({noise(2000, 1), noise(2000, 2)}), 777, 19);
  for (const auto& [up, down] : {std::pair(5.0, 3.0), std::pair(3.0, 16.0), std::pair(1.0, 7.0)}) {
    expect_same_for_any_cut("resample", {{"up", up}, {"down", down}}, in, 4);
  }
}

TEST(Resample, AMarkKeepsItsPlaceInTime) {
  Signal in = waveform({std::vector<float>(400, 0.0F)});
  in.pieces[0].triggers = {{200.5, 0, true, 0}};
  for (const Piece& piece : run("resample", {{"up", 3.0}, {"down", 2.0}}, cut(in, {150})).pieces) {
    for (const TriggerMark& mark : piece.triggers) {
      EXPECT_NEAR(static_cast<double>(piece.first_index) + mark.position, 300.75, 1e-9);
    }
  }
}

TEST(Resample, RefusesFactorsOutOfRange) {
  const Error error = refusal("resample", {{"up", 0.0}, {"down", 1.0}}, waveform({{1}}).info);
  EXPECT_EQ(error.code, Code::kInvalid);
  EXPECT_FALSE(error.allowed.empty());
}

}  // namespace
}  // namespace acq::test
