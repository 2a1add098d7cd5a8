#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"

namespace acq::test {
namespace {

Signal iq(std::vector<std::vector<float>> samples) {
  Signal signal = waveform(std::move(samples));
  signal.info.kind = Kind::kIq;
  return signal;
}

TEST(ComplexParts, TakeEachPartOfAPair) {
  const Signal in = iq({{3, -1}, {4, 0}});
  const auto part = [&](const char* name) {
    return joined(run("complex_parts", {{"part", name}}, in));
  };
  EXPECT_EQ(part("real"), (std::vector<float>{3, -1}));
  EXPECT_EQ(part("imaginary"), (std::vector<float>{4, 0}));
  EXPECT_EQ(part("magnitude"), (std::vector<float>{5, 1}));
  EXPECT_EQ(part("phase")[1], 180);
  const Signal out = run("complex_parts", {{"part", "phase"}, {"angle_unit", "rad"}}, in);
  EXPECT_EQ(out.info.kind, Kind::kWaveform);
  EXPECT_EQ(out.info.channels.size(), 1U);
  EXPECT_EQ(out.info.channels[0].unit, "rad");
}

TEST(ComplexParts, UnwrappedPhaseOfATurningVectorIsAStraightLine) {
  std::vector<float> re, im;
  for (int i = 0; i < 500; ++i) {
    re.push_back(static_cast<float>(std::cos(0.7 * i)));
    im.push_back(static_cast<float>(std::sin(0.7 * i)));
  }
  const Table params = {{"part", "phase"}, {"angle_unit", "rad"}, {"unwrap", true}};
  const std::vector<float> y = joined(run("complex_parts", params, cut(iq({re, im}), {7})));
  for (std::size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(y[i], 0.7 * static_cast<double>(i), 3e-5);
  expect_same_for_any_cut("complex_parts", params, iq({re, im}));
}

TEST(ComplexParts, OverRangeOfOnePartIsThatOfTheWhole) {
  Signal in = iq({{1}, {1}, {1}, {1}});
  in.pieces[0].overrange_high = 8;
  EXPECT_EQ(run("complex_parts", {}, in).pieces[0].overrange_low, 2U);
}

TEST(ComplexParts, RefuseAWaveformAndTheUnwrappingOfAMagnitude) {
  EXPECT_EQ(refusal("complex_parts", {}, waveform({{1}, {1}}).info).code, Code::kInvalid);
  EXPECT_EQ(refusal("complex_parts", {{"unwrap", true}}, iq({{1}, {1}}).info).code, Code::kInvalid);
}

}  // namespace
}  // namespace acq::test
