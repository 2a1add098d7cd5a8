#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/block_harness.h"
#include "tests/support/same_pieces.h"
#include "tests/support/waves.h"

namespace acq::test {
namespace {

Signal modulated() {  // a carrier of 200 Hz with an amplitude of 1 + 0.5 cos at 10 Hz, whole turns
  std::vector<float> x = cosine(200, 1000), slow = cosine(10, 1000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] *= 1 + 0.5F * slow[i];
  return records(Kind::kRecord, {{x}}, 1000, "V");
}

TEST(Envelope, IsTheModulationOfACarrier) {
  const Signal out = run("envelope", {}, modulated());
  for (std::size_t i = 0; i < 1000; ++i) {
    EXPECT_NEAR(out.pieces[0].samples[0][i], 1 + 0.5 * cosine(10, 1000)[i], 1e-5) << i;
  }
  EXPECT_EQ(out.info.channels[0].unit, "V");
}

TEST(Envelope, PhaseAndFrequencyAreThoseOfTheCarrier) {
  const Signal phase = run("envelope", {{"output", "phase"}}, modulated());
  const Signal frequency = run("envelope", {{"output", "frequency"}}, modulated());
  for (std::size_t i = 0; i < 1000; ++i) {
    EXPECT_NEAR(phase.pieces[0].samples[0][i], 72.0 * static_cast<double>(i), 2e-2) << i;
    EXPECT_NEAR(frequency.pieces[0].samples[0][i], 200, 1e-2) << i;
  }
  EXPECT_EQ(frequency.info.channels[0].unit, "Hz");
}

TEST(Envelope, RefusesARecordOfOneValue) {
  EXPECT_EQ(refusal("envelope", {}, records(Kind::kRecord, {{{1}}}).info).code, Code::kInvalid);
}

}  // namespace
}  // namespace acq::test
