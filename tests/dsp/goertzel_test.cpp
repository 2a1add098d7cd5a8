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

TEST(Goertzel, ReadsAmplitudeAndPhaseOfASineThatFits) {
  std::vector<float> x = cosine(50, 1000, 0.5), other = cosine(120, 1000, -2);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 3 * x[i] + other[i] + 0.25F;
  const Table params = {{"frequencies", List{50.0, 120.0, 0.0}}, {"window", "boxcar"}};
  const Signal out = run("goertzel", params, records(Kind::kRecord, {{x}}, 1000, "V"));
  const auto& r = out.pieces[0].results;
  ASSERT_EQ(r.size(), 6U);
  EXPECT_NEAR(r[0].value, 3, 1e-6);
  EXPECT_NEAR(r[1].value, 0.5 * 180 / kPi, 1e-5);
  EXPECT_NEAR(r[2].value, 1, 1e-6);
  EXPECT_NEAR(r[3].value, -2 * 180 / kPi, 1e-5);
  EXPECT_NEAR(r[4].value, 0.25, 1e-7);
  EXPECT_EQ(out.info.results[3].name, "phase_2");
  EXPECT_EQ(out.info.results[2].unit, "V");
}

TEST(Goertzel, SaysWhyThereIsNoNumber) {
  const Table params = {{"frequencies", List{50.0}}};
  std::vector<float> x(100, 0.0F);
  const auto silent = run("goertzel", params, records(Kind::kRecord, {{x}}));
  EXPECT_STREQ(silent.pieces[0].results[1].invalid_because, "there is no signal");
  x[7] = NAN;
  const auto broken = run("goertzel", params, records(Kind::kRecord, {{x}}));
  EXPECT_STRNE(broken.pieces[0].results[0].invalid_because, "");
}

TEST(Goertzel, RefusesFrequenciesBeyondHalfTheRateAndNone) {
  const SignalInfo in = records(Kind::kRecord, {{cosine(5, 100)}}).info;
  EXPECT_EQ(refusal("goertzel", {{"frequencies", List{501.0}}}, in).where, "frequencies");
  EXPECT_EQ(refusal("goertzel", {}, in).where, "frequencies");
}

}  // namespace
}  // namespace acq::test
