#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

TEST(ComplexFrom, InterleavesTheTwoHalves) {
  const Signal out = run("complex_from", {}, waveform({{1}, {2}, {3}, {4}}));
  EXPECT_EQ(out.info.kind, Kind::kIq);
  EXPECT_EQ(joined(out, 0), std::vector<float>{1});
  EXPECT_EQ(joined(out, 1), std::vector<float>{3});
  EXPECT_EQ(joined(out, 2), std::vector<float>{2});
  EXPECT_EQ(joined(out, 3), std::vector<float>{4});
  EXPECT_EQ(out.info.channels[3].id, "ch2.im");
}

TEST(ComplexFrom, MagnitudeAndPhaseComeBackOutOfComplexParts) {
  Signal in = waveform({{2, 0.5, 1}, {30, -120, 180}});
  in.info.channels[1].unit = "deg";
  const Signal middle = run("complex_from", {{"from", "magnitude_phase"}}, in);
  const std::vector<float> size = joined(run("complex_parts", {}, middle));
  const std::vector<float> phase = joined(run("complex_parts", {{"part", "phase"}}, middle));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(size[i], in.pieces[0].samples[0][i], 3e-7);
    EXPECT_NEAR(std::abs(phase[i]), std::abs(in.pieces[0].samples[1][i]), 3e-5);
  }
}

TEST(ComplexFrom, MovesOverRangeBitsWithTheirChannels) {
  Signal in = waveform({{1}, {2}, {3}, {4}});
  in.pieces[0].overrange_low = 0b0110;  // second real part, first imaginary part
  EXPECT_EQ(run("complex_from", {}, in).pieces[0].overrange_low, 0b0110U);
  in.pieces[0].overrange_low = 0b1000;  // second imaginary part
  EXPECT_EQ(run("complex_from", {}, in).pieces[0].overrange_low, 0b1000U);
  in.pieces[0].overrange_low = 0b0010;
  EXPECT_EQ(run("complex_from", {}, in).pieces[0].overrange_low, 0b0100U);
}

TEST(ComplexFrom, RefusesOddChannelsAndUnitsThatDiffer) {
  EXPECT_EQ(refusal("complex_from", {}, waveform({{1}, {1}, {1}}).info).code, Code::kInvalid);
  Signal in = waveform({{1}, {1}});
  in.info.channels[1].unit = "A";
  EXPECT_EQ(refusal("complex_from", {}, in.info).code, Code::kInvalid);
}

}  // namespace
}  // namespace acq::test
