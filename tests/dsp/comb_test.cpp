#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"
#include "tests/support/waves.h"

namespace acq::test {
namespace {

TEST(Comb, TakesOutAllMultiplesAndTheConstant) {
  const Table params = {{"frequency", 50.0}, {"quality", 10.0}};
  for (const double frequency : {0.0, 50.0, 350.0}) {
    std::vector<float> x = sine(frequency, 6000);
    if (frequency == 0) x.assign(6000, 1.0F);
    EXPECT_LT(largest(joined(run("comb", params, waveform({x}))), 5000, 6000), 1e-4) << frequency;
  }
  EXPECT_GT(largest(joined(run("comb", params, waveform({sine(75, 6000)}))), 5000, 6000), 0.99);
}

TEST(Comb, PeakLetsTheConstantThroughWithItsDelay) {
  const Table params = {{"frequency", 100.0}, {"quality", 4.0}, {"kind", "peak"}};
  std::vector<float> ramp(8000);
  for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = 0.01F * static_cast<float>(i);
  const Signal out = run("comb", params, waveform({ramp}));
  const double delay = out.info.group_delay.value();
  EXPECT_GT(delay, 1);
  // The teeth ripple about the ramp; the mean over one period is behind by the delay.
  double behind = 0;
  for (std::size_t i = 7000; i < 7010; ++i) behind += (ramp[i] - joined(out)[i]) / 0.01 / 10;
  EXPECT_NEAR(behind, delay, 0.1);
}

TEST(Comb, RefusesTeethThatDoNotFitTheRate) {
  const SignalInfo in = waveform({{1}}).info;
  const Error error = refusal("comb", {{"frequency", 60.0}}, in);
  EXPECT_EQ(error.where, "frequency");
  EXPECT_EQ(refusal("comb", {{"frequency", 50.0}, {"quality", 1.0}}, in).where, "quality");
}

TEST(Comb, ASampleThatIsNotFiniteIsForgotten) {
  std::vector<float> x(100, 0.0F);
  x[10] = NAN;
  const std::vector<float> y = joined(run("comb", {{"frequency", 100.0}}, waveform({x})));
  EXPECT_TRUE(std::isnan(y[10]));
  EXPECT_EQ(std::count_if(y.begin(), y.end(), [](float v) { return v != 0; }), 1);
}

}  // namespace
}  // namespace acq::test
