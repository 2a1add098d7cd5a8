#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"
#include "tests/support/waves.h"

namespace acq::test {
namespace {

TEST(Brickwall, SeparatesTwoSinesThatFitTheRecord) {
  std::vector<float> x = sine(62.5, 512), other = sine(250, 512);
  std::vector<float> both(512);
  for (std::size_t i = 0; i < both.size(); ++i) both[i] = x[i] + other[i];
  const Signal in = records(Kind::kRecord, {{both}});
  const auto low = run("brickwall", {{"cutoff", 100.0}}, in).pieces[0].samples[0];
  const auto high =
      run("brickwall", {{"cutoff", 100.0}, {"kind", "high"}}, in).pieces[0].samples[0];
  for (std::size_t i = 0; i < both.size(); ++i) {
    EXPECT_NEAR(low[i], x[i], 1e-6);
    EXPECT_NEAR(high[i], other[i], 1e-6);
  }
}

TEST(Brickwall, LetsAFrequencyAtItsEdgePass) {
  const Signal in = records(Kind::kRecord, {{sine(125, 512)}});
  for (const char* kind : {"low", "high"}) {
    const Table params = {{"cutoff", 125.0}, {"kind", kind}};
    EXPECT_GT(largest(run("brickwall", params, in).pieces[0].samples[0], 0, 512), 0.99) << kind;
  }
}

TEST(Brickwall, BandAndStopAddUpToTheRecord) {
  const std::vector<float> x = noise(300, 2);
  const Signal in = records(Kind::kRecord, {{x}});
  const Value edges = List{101.0, 203.0};
  const auto of = [&](const char* kind) {
    const Table params = {{"cutoff", edges}, {"kind", kind}, {"zero_pad", false}};
    return run("brickwall", params, in).pieces[0].samples[0];
  };
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(of("band")[i] + of("stop")[i], x[i], 1e-6);
}

TEST(Brickwall, RefusesACutoffBeyondHalfTheRate) {
  const SignalInfo in = records(Kind::kRecord, {{{1, 2}}}).info;
  EXPECT_EQ(refusal("brickwall", {{"cutoff", 500.0}}, in).where, "cutoff");
}

}  // namespace
}  // namespace acq::test
