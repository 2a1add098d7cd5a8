#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"
#include "tests/support/waves.h"

namespace acq::test {
namespace {

TEST(ZeroPhase, LeavesASlowSineWhereItIsAndTakesAFastOneOut) {
  const Table params = {{"cutoff", 60.0}};
  const auto of = [&](double frequency) {
    return run("zero_phase", params, records(Kind::kRecord, {{sine(frequency, 1000)}}))
        .pieces[0]
        .samples[0];
  };
  const std::vector<float> slow = of(5), fast = of(300);
  for (std::size_t i = 200; i < 800; ++i) EXPECT_NEAR(slow[i], sine(5, 1000)[i], 1e-4);
  EXPECT_LT(largest(fast, 200, 800), 1e-5);
}

TEST(ZeroPhase, GainAtTheCutoffOfButterworthIsAHalf) {
  const auto y = run("zero_phase", {{"cutoff", 50.0}}, records(Kind::kRecord, {{sine(50, 4000)}}));
  EXPECT_NEAR(largest(y.pieces[0].samples[0], 1000, 3000), 0.5, 1e-3);
}

TEST(ZeroPhase, TurnedRoundInTimeTheRecordGivesTheSameTurnedRound) {
  // The ends are continued alike, so the filter has no direction but for what its start assumes.
  std::vector<float> x = noise(1500, 3), turned(x.rbegin(), x.rend());
  const auto y = run("zero_phase", {{"cutoff", 80.0}}, records(Kind::kRecord, {{x}, {turned}}));
  for (std::size_t i = 300; i < 1200; ++i) {
    EXPECT_NEAR(y.pieces[0].samples[0][i], y.pieces[1].samples[0][1499 - i], 1e-5);
  }
}

TEST(ZeroPhase, RefusesARecordShorterThanItsPadding) {
  const SignalInfo in = records(Kind::kRecord, {{sine(5, 10)}}).info;
  const Error error = refusal("zero_phase", {{"cutoff", 50.0}}, in);
  EXPECT_EQ(error.code, Code::kInvalid);
  EXPECT_NE(error.where.find("padding"), std::string::npos);
  EXPECT_EQ(error.allowed, "0 to 9");
  EXPECT_EQ(refusal("zero_phase", {{"cutoff", 50.0}, {"padding", 9.0}}, in).code, Code::kOk);
}

}  // namespace
}  // namespace acq::test
