#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

TEST(Correlation, HasItsMaximumWhereTheFirstIsLate) {
  const std::vector<float> source = noise(300, 5);
  std::vector<float> late(source.begin(), source.begin() + 256);
  std::vector<float> early(source.begin() + 17, source.begin() + 273);
  const Signal in = records(Kind::kRecord, {{late, early}});
  const Signal out = run("correlation", {{"scale", "coefficient"}}, in);
  const std::vector<float>& r = out.pieces[0].samples[0];
  ASSERT_EQ(r.size(), 511U);
  const auto peak = std::max_element(r.begin(), r.end());
  const double lag =
      out.info.axis.start + out.info.axis.step * static_cast<double>(peak - r.begin());
  EXPECT_NEAR(lag, 0.017, 1e-9);
  EXPECT_GT(*peak, 0.8);
}

TEST(Correlation, OfASignalWithItselfIsOneAtNoLag) {
  const std::vector<float> x = noise(100, 2);
  const auto out = run("correlation", {{"scale", "coefficient"}}, records(Kind::kRecord, {{x, x}}));
  EXPECT_NEAR(out.pieces[0].samples[0][99], 1, 1e-6);
  EXPECT_NEAR(out.pieces[0].samples[0][0], out.pieces[0].samples[0][198], 1e-6);
}

TEST(Correlation, ScalesAreWhatTheyAreCalled) {
  const Signal in = records(Kind::kRecord, {{{1, 1, 1, 1}, {2, 2, 2, 2}}}, 1000, "V");
  const auto of = [&](const char* scale) {
    return run("correlation", {{"scale", scale}}, in).pieces[0].samples[0];
  };
  EXPECT_NEAR(of("none")[3], 8, 1e-6);
  EXPECT_NEAR(of("biased")[3], 2, 1e-6);
  EXPECT_NEAR(of("none")[0], 2, 1e-6);
  EXPECT_NEAR(of("unbiased")[0], 2, 1e-6);
  EXPECT_NEAR(of("coefficient")[3], 1, 1e-6);
  EXPECT_EQ(run("correlation", {}, in).info.channels[0].unit, "V2");
}

TEST(Correlation, RefusesChannelsThatMakeNoPairs) {
  const SignalInfo in = records(Kind::kRecord, {{{1, 2}, {1, 2}, {1, 2}}}).info;
  EXPECT_EQ(refusal("correlation", {}, in).code, Code::kInvalid);
}

}  // namespace
}  // namespace acq::test
