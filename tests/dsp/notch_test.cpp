#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"
#include "tests/support/waves.h"

namespace acq::test {
namespace {

TEST(Notch, TakesOutItsFrequencyAndItsMultiplesOnly) {
  const Table params = {{"frequency", 50.0}, {"quality", 10.0}, {"harmonics", 20.0}};
  for (const double frequency : {50.0, 100.0, 450.0}) {
    const std::vector<float> y = joined(run("notch", params, waveform({sine(frequency, 6000)})));
    EXPECT_LT(largest(y, 5000, 6000), 1e-4) << frequency;
  }
  const std::vector<float> y = joined(run("notch", params, waveform({sine(75, 6000)})));
  EXPECT_GT(largest(y, 5000, 6000), 0.95);
}

double rms(const std::vector<float>& x, std::size_t from) {
  double sum = 0;
  for (std::size_t i = from; i < x.size(); ++i) {
    sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  }
  return std::sqrt(sum / static_cast<double>(x.size() - from));
}

TEST(Notch, HasMinusThreeDecibelsAtTheEdgesOfItsBand) {
  // cos w + tan(width / 2) sin w = cos w0 at both edges of a width in radians a sample.
  const double centre = 2 * std::numbers::pi * 0.2, half = centre / 2 / 2;
  const double middle = std::acos(std::cos(centre) * std::cos(half));
  for (const char* kind : {"notch", "peak"}) {
    const Table params = {{"frequency", 200.0}, {"quality", 2.0}, {"kind", kind}};
    for (const double edge : {middle - half, middle + half}) {
      const std::vector<float> x = sine(edge / (2 * std::numbers::pi) * 1000, 9000);
      EXPECT_NEAR(rms(joined(run("notch", params, waveform({x}))), 1000) / rms(x, 1000),
                  std::numbers::sqrt2 / 2, 1e-3)
          << kind;
    }
  }
}

TEST(Notch, RefusesWhatIsNotInTheBand) {
  const SignalInfo in = waveform({{1}}).info;
  EXPECT_EQ(refusal("notch", {{"frequency", 500.0}}, in).code, Code::kInvalid);
  EXPECT_EQ(refusal("notch", {{"frequency", 400.0}, {"quality", 0.5}}, in).where, "quality");
  EXPECT_EQ(refusal("notch", {{"frequency", 50.0}, {"kind", "peak"}, {"harmonics", 2.0}}, in).where,
            "harmonics");
}

}  // namespace
}  // namespace acq::test
