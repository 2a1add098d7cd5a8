#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

// Records of x and of what a filter makes of it, with noise added to y.
Signal filtered(double gain, std::size_t late, float noisy) {
  std::vector<std::vector<std::vector<float>>> all;
  for (std::uint64_t i = 0; i < 64; ++i) {
    std::vector<float> x = noise(256 + late, 10 + i), extra = noise(256, 900 + i), y(256);
    for (std::size_t k = 0; k < 256; ++k) y[k] = static_cast<float>(gain) * x[k] + noisy * extra[k];
    all.push_back({std::vector<float>(x.begin() + static_cast<std::ptrdiff_t>(late), x.end()), y});
  }
  return records(Kind::kRecord, std::move(all), 1000, "V");
}

TEST(TransferFunction, IsTheGainWithCoherenceOneWithoutNoise) {
  Signal in = filtered(2.5, 0, 0);
  in.info.channels[1].unit = "A";
  for (const char* output : {"h1", "h2"}) {
    const Signal out = run("transfer_function", {{"output", output}, {"count", 8.0}}, in);
    ASSERT_EQ(out.pieces.size(), 8U);
    for (std::size_t k = 1; k < 128; ++k) {
      EXPECT_NEAR(out.pieces[0].samples[0][k], 2.5, 1e-4) << output;
    }
    EXPECT_EQ(out.info.channels[0].unit, "A/V");
  }
  const Signal one = run("transfer_function", {{"output", "coherence"}}, in);
  for (std::size_t k = 1; k < 128; ++k) EXPECT_NEAR(one.pieces[0].samples[0][k], 1, 1e-6);
}

TEST(TransferFunction, PhaseOfADelayFallsWithTheFrequency) {
  const Signal out =
      run("transfer_function", {{"output", "phase"}, {"count", 64.0}}, filtered(1, 2, 0));
  for (const std::size_t k : {10, 25, 40, 60}) {
    EXPECT_NEAR(out.pieces[0].samples[0][k], -360.0 * 2 * static_cast<double>(k) / 256, 4);
  }
}

TEST(TransferFunction, NoiseInTheEffectLowersTheCoherenceByItsPower) {
  // Gain 1, noise of the same power: coherence 1/2; of 64 records its deviation is about 0.06.
  const Signal out =
      run("transfer_function", {{"output", "coherence"}, {"count", 64.0}}, filtered(1, 0, 1));
  double mean = 0;
  for (std::size_t k = 1; k < 128; ++k) mean += out.pieces[0].samples[0][k] / 127.0;
  EXPECT_NEAR(mean, 0.5, 0.03);
}

TEST(TransferFunction, RefusesChannelsThatMakeNoPairs) {
  const SignalInfo in = records(Kind::kRecord, {{{1, 2}, {1, 2}, {1, 2}}}).info;
  EXPECT_EQ(refusal("transfer_function", {}, in).code, Code::kInvalid);
}

}  // namespace
}  // namespace acq::test
