#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"
#include "tests/support/waves.h"

namespace acq::test {
namespace {

TEST(Mix, ASineAtTheFrequencyBecomesAConstantOfItsAmplitudeAndPhase) {
  const Signal mixed = run("mix", {{"frequency", 250.0}}, waveform({cosine(250, 4000, 0.7)}));
  EXPECT_EQ(mixed.info.kind, Kind::kIq);
  const Signal low = run("decimate", {{"factor", 4.0}}, mixed);
  EXPECT_NEAR(joined(low, 0)[900], std::cos(0.7), 1e-3);
  EXPECT_NEAR(joined(low, 1)[900], std::sin(0.7), 1e-3);
}

TEST(Mix, ShiftsIqByTheFrequencyAndBack) {
  Signal in = waveform({noise(500, 1), noise(500, 2)});
  in.info.kind = Kind::kIq;
  const Signal there = run("mix", {{"frequency", 123.4}}, in);
  const Signal back = run("mix", {{"frequency", -123.4}}, there);
  for (std::size_t i = 0; i < 500; ++i) {
    EXPECT_NEAR(joined(back, 0)[i], in.pieces[0].samples[0][i], 3e-7);
    EXPECT_NEAR(joined(back, 1)[i], in.pieces[0].samples[1][i], 3e-7);
  }
}

TEST(Mix, PhaseFollowsFromTheIndexFarFromZero) {
  Signal in = waveform({{1, 1, 1, 1}});
  in.pieces[0].first_index = (std::uint64_t{1} << 50) + 1;  // a quarter turn a sample
  const Signal out = run("mix", {{"frequency", 250.0}}, in);
  EXPECT_NEAR(joined(out, 0)[0], 0, 1e-7);
  EXPECT_NEAR(joined(out, 1)[0], -2, 1e-7);
  EXPECT_NEAR(joined(out, 0)[1], -2, 1e-7);
}

TEST(Mix, RefusesAFrequencyBeyondHalfTheRate) {
  EXPECT_EQ(refusal("mix", {{"frequency", -501.0}}, waveform({{1}}).info).where, "frequency");
}

}  // namespace
}  // namespace acq::test
