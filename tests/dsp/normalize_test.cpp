#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::vector<float> normalized(const char* method, const std::vector<float>& x) {
  return run("normalize", {{"method", method}}, records(Kind::kRecord, {{x}}, 1000))
      .pieces[0]
      .samples[0];
}

TEST(Normalize, MakesOneOfWhatIsNamed) {
  EXPECT_EQ(normalized("maximum", {1, 4, -2}), (std::vector<float>{0.25, 1, -0.5}));
  EXPECT_EQ(normalized("amplitude", {1, 4, 2}), (std::vector<float>{0, 1, 1.0F / 3}));
  EXPECT_EQ(normalized("energy", {3, 4}), (std::vector<float>{0.6F, 0.8F}));
  EXPECT_EQ(normalized("rms", {2, -2}), (std::vector<float>{1, -1}));
}

TEST(Normalize, AreaIsTheIntegralAndItsUnitThatOfADensity) {
  Signal in = records(Kind::kRecord, {{{1, 1, 1}}}, 1000);
  in.info.axis.step = 0.25;
  const Signal out = run("normalize", {{"method", "area"}}, in);
  EXPECT_EQ(out.pieces[0].samples[0], (std::vector<float>{2, 2, 2}));
  EXPECT_EQ(out.info.channels[0].unit, "1/s");
}

TEST(Normalize, SilenceStaysSilentAndNanSpoilsTheRecord) {
  EXPECT_EQ(normalized("rms", {0, 0}), (std::vector<float>{0, 0}));
  for (const float y : normalized("amplitude", {1, kNan, 2})) EXPECT_TRUE(std::isnan(y));
}

}  // namespace
}  // namespace acq::test
