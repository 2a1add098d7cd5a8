#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

std::vector<float> cubic(std::size_t count) {
  std::vector<float> x(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double t = 0.1 * static_cast<double>(i);
    x[i] = static_cast<float>(1 - 2 * t + 0.5 * t * t - 0.03 * t * t * t);
  }
  return x;
}

TEST(SavitzkyGolay, LeavesAPolynomialOfItsDegreeUpToTheEnds) {
  const Signal in = records(Kind::kRecord, {{cubic(80)}});
  const std::vector<float> y = run("savitzky_golay", {{"length", 9.0}}, in).pieces[0].samples[0];
  for (std::size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(y[i], cubic(80)[i], 2e-5) << i;
}

TEST(SavitzkyGolay, OfAWaveformIsTheSameLater) {
  const Signal out = run("savitzky_golay", {{"length", 9.0}}, waveform({cubic(80)}));
  EXPECT_EQ(out.info.group_delay, (Rational{4, 1}));
  for (std::size_t i = 8; i < 80; ++i) EXPECT_NEAR(joined(out)[i], cubic(80)[i - 4], 2e-5) << i;
}

TEST(SavitzkyGolay, DerivativeIsThatOfThePolynomial) {
  Signal in = records(Kind::kRecord, {{cubic(80)}}, 10, "V");
  in.info.axis.step = 0.1;
  const Signal out = run("savitzky_golay", {{"length", 11.0}, {"derivative", 1.0}}, in);
  EXPECT_EQ(out.info.channels[0].unit, "V/s");
  for (std::size_t i = 0; i < 80; ++i) {
    const double t = 0.1 * static_cast<double>(i);
    EXPECT_NEAR(out.pieces[0].samples[0][i], -2 + t - 0.09 * t * t, 2e-3) << i;
  }
}

TEST(SavitzkyGolay, RefusesWhatNoPolynomialFits) {
  const SignalInfo in = records(Kind::kRecord, {{cubic(20)}}).info;
  EXPECT_EQ(refusal("savitzky_golay", {{"length", 8.0}}, in).where, "length");
  EXPECT_EQ(refusal("savitzky_golay", {{"length", 21.0}}, in).where, "length");
  EXPECT_EQ(refusal("savitzky_golay", {{"length", 3.0}, {"degree", 3.0}}, in).where, "degree");
  EXPECT_EQ(refusal("savitzky_golay", {{"derivative", 4.0}}, in).where, "derivative");
}

}  // namespace
}  // namespace acq::test
