#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

std::vector<float> onto(const char* method, const std::vector<float>& x, double count) {
  const Table params = {{"method", method}, {"count", count}};
  return run("interpolate", params, records(Kind::kRecord, {{x}})).pieces[0].samples[0];
}

TEST(Interpolate, GoesThroughEveryPoint) {
  const std::vector<float> x = noise(20, 4);
  for (const char* method : {"linear", "cubic", "pchip", "akima"}) {
    const std::vector<float> y = onto(method, x, 39);
    ASSERT_EQ(y.size(), 39U);
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(y[2 * i], x[i], 1e-6) << method;
  }
}

TEST(Interpolate, CubicReproducesACubicAndLinearALine) {
  std::vector<float> cubic(9), line(9);
  const auto f = [](double t) { return 1 + t - 0.5 * t * t + 0.1 * t * t * t; };
  for (std::size_t i = 0; i < 9; ++i) {
    cubic[i] = static_cast<float>(f(static_cast<double>(i)));
    line[i] = 3 - 2 * static_cast<float>(i);
  }
  const std::vector<float> y = onto("cubic", cubic, 33);
  for (std::size_t i = 0; i < 33; ++i) EXPECT_NEAR(y[i], f(static_cast<double>(i) / 4), 1e-5);
  for (const char* method : {"linear", "cubic", "pchip", "akima"}) {
    const std::vector<float> z = onto(method, line, 17);
    for (std::size_t i = 0; i < 17; ++i) EXPECT_NEAR(z[i], 3 - static_cast<double>(i), 1e-5);
  }
}

TEST(Interpolate, PchipDoesNotOvershootAStep) {
  const std::vector<float> y = onto("pchip", {0, 0, 0, 1, 1, 1}, 501);
  EXPECT_GE(*std::min_element(y.begin(), y.end()), 0);
  EXPECT_LE(*std::max_element(y.begin(), y.end()), 1);
  EXPECT_TRUE(std::is_sorted(y.begin(), y.end()));
}

TEST(Interpolate, TakesPartOfAnUnequalAxis) {
  Signal in = records(Kind::kSpectrum, {{{0, 10, 20, 60}}});
  in.info.axis = {"frequency", "Hz", AxisRule::kList, 0, 1, {0, 1, 2, 6}};
  const Signal out = run("interpolate", {{"count", 5.0}, {"from", 1.0}, {"to", 5.0}}, in);
  EXPECT_EQ(out.pieces[0].samples[0], (std::vector<float>{10, 20, 30, 40, 50}));
  EXPECT_EQ(out.info.axis.start, 1);
  EXPECT_EQ(out.info.axis.step, 1);
  EXPECT_EQ(out.info.axis.rule, AxisRule::kLinear);
}

TEST(Interpolate, RefusesAGridBeyondTheRecord) {
  const SignalInfo in = records(Kind::kRecord, {{{1, 2, 3}}}).info;
  EXPECT_EQ(refusal("interpolate", {{"to", 1.0}}, in).where, "to");
  EXPECT_EQ(refusal("interpolate", {{"from", -1.0}}, in).where, "from");
  EXPECT_EQ(refusal("interpolate", {}, records(Kind::kRecord, {{{1}}}).info).code, Code::kInvalid);
}

}  // namespace
}  // namespace acq::test
