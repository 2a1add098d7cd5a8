#include <gtest/gtest.h>

#include "tests/support/measured.h"

namespace acq::test {
namespace {

TEST(Contrast, IsThatOfMichelson) {
  EXPECT_DOUBLE_EQ(Measured("contrast", {}, {1, 3, 2})("contrast"), 0.5);
  EXPECT_DOUBLE_EQ(Measured("contrast", {}, {-1, 3})("contrast"), 1);
  EXPECT_DOUBLE_EQ(Measured("contrast", {}, {5, 5})("contrast"), 0);
}

TEST(Contrast, OfNothingIsInvalid) {
  EXPECT_EQ(Measured("contrast", {}, {0, 0}).why_not("contrast"), "all values are zero");
  EXPECT_EQ(Measured("contrast", {}, {1, INFINITY}).why_not("contrast"), "a value is not finite");
}

TEST(Contrast, RefusesAWaveform) {
  EXPECT_EQ(refusal("contrast", {}, waveform({{1}}).info).allowed, "records or spectra");
}

}  // namespace
}  // namespace acq::test
