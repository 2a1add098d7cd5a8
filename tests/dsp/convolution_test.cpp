#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/block_harness.h"

namespace acq::test {
namespace {

std::vector<float> made_of(const Table& params, std::vector<float> x, std::vector<float> h) {
  const Signal in = records(Kind::kRecord, {{std::move(x), std::move(h)}});
  return run("convolution", params, in).pieces.at(0).samples.at(0);
}

void expect_near(const std::vector<float>& got, const std::vector<float>& wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], wanted[i], 1e-5) << i;
}

TEST(Convolution, WithAnImpulseAtTheOriginChangesNothing) {
  const std::vector<float> x = noise(101, 3);  // a prime number of values
  std::vector<float> first(101, 0.0F), centre(101, 0.0F);
  first[0] = centre[50] = 1;
  expect_near(made_of({{"origin", "first"}}, x, first), x);
  expect_near(made_of({{"origin", "centre"}}, x, centre), x);
}

TEST(Convolution, IsTheSumOfShiftedCopies) {
  expect_near(made_of({{"origin", "first"}}, {1, 2, 3, 4}, {1, 10, 0, 0}), {1, 12, 23, 34});
  expect_near(made_of({{"origin", "centre"}}, {1, 2, 3, 4}, {0, 1, 10, 0}), {12, 23, 34, 40});
}

TEST(Convolution, NormalizedKeepsAConstantAwayFromTheEnds) {
  const std::vector<float> y =
      made_of({{"normalize", true}}, std::vector<float>(9, 5.0F), {0, 0, 0, 1, 2, 1, 0, 0, 0});
  for (std::size_t i = 1; i + 1 < y.size(); ++i) EXPECT_NEAR(y[i], 5, 1e-5);
  EXPECT_NEAR(y[0], 3.75, 1e-5);  // beyond the end there is 0
  EXPECT_TRUE(std::isnan(made_of({{"normalize", true}}, {1, 2}, {1, -1})[0]));
}

TEST(Convolution, IsUndoneByDeconvolution) {
  std::vector<float> x(200, 0.0F), h(200, 0.0F);
  for (std::size_t i = 0; i < 200; ++i) {
    x[i] = static_cast<float>(std::exp(-0.5 * std::pow((static_cast<double>(i) - 90) / 4, 2)));
    if (i >= 100 && i < 112)
      h[i] = static_cast<float>(0.25 * std::pow(0.75, static_cast<double>(i) - 100));
  }
  const Signal back =
      run("deconvolution", {{"strength", 1e-7}}, records(Kind::kRecord, {{made_of({}, x, h), h}}));
  for (std::size_t i = 0; i < 200; ++i) EXPECT_NEAR(back.pieces[0].samples[0][i], x[i], 1e-3) << i;
}

TEST(Convolution, HasTheProductOfTheUnitsOrThatOfTheRecord) {
  const Signal in = records(Kind::kRecord, {{{1, 2}, {1, 2}}});
  EXPECT_EQ(run("convolution", {}, in).info.channels[0].unit, "V2");
  EXPECT_EQ(run("convolution", {{"normalize", true}}, in).info.channels[0].unit, "V");
}

TEST(Convolution, TracesItsResultToACalibrationThatHoldsForAllOfIt) {
  Signal in = records(Kind::kRecord, {{{1, 2}, {1, 2}}});
  in.info.channels[0].calibration = {.id = "K-17", .hash = 1};
  in.info.channels[1].calibration = {.id = "K-18", .hash = 2};
  EXPECT_EQ(run("convolution", {}, in).info.channels[0].calibration, Calibration{});
  // What the response is scaled by does not matter here.
  EXPECT_EQ(run("convolution", {{"normalize", true}}, in).info.channels[0].calibration.id, "K-17");
  in.info.channels[1].calibration = in.info.channels[0].calibration;
  EXPECT_EQ(run("convolution", {}, in).info.channels[0].calibration.id, "K-17");
}

TEST(Convolution, RefusesChannelsThatMakeNoPairs) {
  const SignalInfo in = records(Kind::kRecord, {{{1, 2}, {1, 2}, {1, 2}}}).info;
  EXPECT_EQ(refusal("convolution", {}, in).allowed, "an even number of channels");
}

}  // namespace
}  // namespace acq::test
