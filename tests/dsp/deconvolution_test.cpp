#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/block_harness.h"

namespace acq::test {
namespace {

constexpr std::size_t kCount = 200;

// A bump far from the ends, and a response about value `origin` that is not symmetric.
std::vector<float> bump(double at, double width) {
  std::vector<float> x(kCount);
  for (std::size_t i = 0; i < kCount; ++i) {
    x[i] = static_cast<float>(std::exp(-0.5 * std::pow((static_cast<double>(i) - at) / width, 2)));
  }
  return x;
}

std::vector<float> response(std::size_t origin) {
  std::vector<float> h(kCount);
  for (std::size_t i = 0; i < 12; ++i) {
    h[origin + i] = static_cast<float>(0.25 * std::pow(0.75, static_cast<double>(i)));
  }
  if (origin > 0) h[origin - 1] = 0.1F;
  return h;
}

std::vector<float> smeared(const std::vector<float>& x, const std::vector<float>& h,
                           std::size_t origin) {
  std::vector<float> y(kCount);
  for (std::size_t i = 0; i < kCount; ++i) {
    double sum = 0;
    for (std::size_t k = 0; k < kCount; ++k) {
      const auto from = static_cast<std::ptrdiff_t>(i + origin) - static_cast<std::ptrdiff_t>(k);
      if (from >= 0 && from < static_cast<std::ptrdiff_t>(kCount)) {
        sum += static_cast<double>(h[k]) * x[static_cast<std::size_t>(from)];
      }
    }
    y[i] = static_cast<float>(sum);
  }
  return y;
}

double worst(const std::vector<float>& a, const std::vector<float>& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    most = std::max(most, std::abs(static_cast<double>(a[i]) - b[i]));
  }
  return most;
}

TEST(Deconvolution, GivesBackWhatWasSmearedWhereverTheResponseHasItsOrigin) {
  const std::vector<float> x = bump(90, 4);
  for (const char* origin : {"centre", "first"}) {
    const std::size_t at = *origin == 'c' ? kCount / 2 : 0;
    const std::vector<float> h = response(at), y = smeared(x, h, at);
    EXPECT_GT(worst(y, x), 0.25);
    const Signal out = run("deconvolution", {{"strength", 1e-7}, {"origin", origin}},
                           records(Kind::kRecord, {{y, h}}));
    EXPECT_LT(worst(out.pieces[0].samples[0], x), 1e-4) << origin;
  }
}

TEST(Deconvolution, AUnitImpulseChangesNothingAndScaleGoesOut) {
  const std::vector<float> x = noise(kCount, 1);
  std::vector<float> impulse(kCount), four(kCount);
  impulse[0] = 1;
  four[0] = 4;
  const Signal in = records(Kind::kRecord, {{x, x, impulse, four}});
  const Signal out = run("deconvolution", {{"strength", 0.0}, {"origin", "first"}}, in);
  ASSERT_EQ(out.info.channels.size(), 2U);
  EXPECT_EQ(out.info.channels[0].unit, "1");
  EXPECT_LT(worst(out.pieces[0].samples[0], x), 1e-6);
  for (std::size_t i = 0; i < kCount; ++i) {
    EXPECT_NEAR(out.pieces[0].samples[1][i], x[i] / 4, 1e-6);
  }
}

TEST(Deconvolution, KeepsAConstantWhateverItsStrength) {
  std::vector<float> impulse(kCount);
  impulse[kCount / 2] = 2;
  const Signal in = records(Kind::kRecord, {{std::vector<float>(kCount, 3.0F), impulse}});
  const Signal out = run("deconvolution", {{"strength", 0.01}}, in);
  for (std::size_t i = 40; i < 160; ++i) EXPECT_NEAR(out.pieces[0].samples[0][i], 1.5, 1e-3) << i;
}

TEST(Deconvolution, StrengthHoldsNoiseDown) {
  const std::vector<float> h = response(kCount / 2);
  const std::vector<float> rough = noise(kCount, 3);
  const auto power = [&](double strength) {
    const Signal out =
        run("deconvolution", {{"strength", strength}}, records(Kind::kRecord, {{rough, h}}));
    double sum = 0;
    for (const float v : out.pieces[0].samples[0]) sum += static_cast<double>(v) * v;
    return sum;
  };
  EXPECT_LT(power(1), 0.1 * power(0.001));
}

TEST(Deconvolution, AResponseOfNothingGivesNothing) {
  const Signal in = records(Kind::kRecord, {{noise(kCount, 3), std::vector<float>(kCount, 0.0F)}});
  for (const double strength : {0.0, 2.0}) {
    const Signal out = run("deconvolution", {{"strength", strength}}, in);
    EXPECT_EQ(out.pieces[0].samples[0], std::vector<float>(kCount, 0.0F));
  }
}

TEST(Deconvolution, RefusesWhatItCannotUndo) {
  const SignalInfo in = records(Kind::kRecord, {{{1, 2, 3}, {0, 1, 0}}}).info;
  EXPECT_EQ(refusal("deconvolution", {{"strength", -1.0}}, in).where, "deconvolution.strength");
  EXPECT_EQ(refusal("deconvolution", {{"origin", "first"}, {"definition", "datalab"}}, in).where,
            "origin");
  EXPECT_EQ(refusal("deconvolution", {}, records(Kind::kRecord, {{{1, 2}}}).info).allowed,
            "an even number of channels");
  EXPECT_EQ(refusal("deconvolution", {}, records(Kind::kRecord, {{{1}, {1}}}).info).code,
            Code::kInvalid);
}

}  // namespace
}  // namespace acq::test
