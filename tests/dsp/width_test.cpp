#include "dsp/math/width.h"

#include <gtest/gtest.h>

#include "dsp/math/curves.h"
#include "tests/support/measured.h"

namespace acq::test {
namespace {

double gaussian(double x) {
  return 1 + 2 * std::exp(-0.5 * (x - 0.5) * (x - 0.5) / 0.0016);
}
const double kFwhm = 0.04 * 2 * std::sqrt(2 * std::log(2.0));

TEST(Width, OfATriangleIsExactAtEveryFraction) {
  const std::vector<float> y = {0, 0, 1, 2, 3, 4, 3, 2, 1, 0, 0};
  for (const double fraction : {0.1, 0.5, 0.9}) {
    const Measured w("width", {{"fraction", fraction}}, y);
    EXPECT_NEAR(w("width"), 0.008 * (1 - fraction), 1e-12);
    EXPECT_NEAR(w("left"), 0.001 * (1 + 4 * fraction), 1e-12);
    EXPECT_EQ(w("height"), 4);
  }
}

TEST(Width, OfADipIsThatOfItsMirrorImage) {
  const Measured w("width", {}, {5, 5, 4, 3, 2, 1, 2, 3, 4, 5, 5});
  EXPECT_DOUBLE_EQ(w("width"), 0.004);
  EXPECT_EQ(w("height"), -4);
}

TEST(Width, AtALevelIsThatOfTheMaximum) {
  const Measured w("width", {{"level", "3 V"}}, {0, 4, 0, 6, 0});
  EXPECT_DOUBLE_EQ(w("left"), 0.0025);
  EXPECT_DOUBLE_EQ(w("right"), 0.0035);
}

TEST(Width, OfAGaussianIsExactByCrossingsAndFits) {
  const auto y = sampled(1001, 0, 0.001, gaussian);
  EXPECT_NEAR(Measured("width", {}, y)("width"), kFwhm, 3e-6);  // lines between 1000 samples
  const Measured fit("width", {{"method", "gaussian"}}, y);
  EXPECT_NEAR(fit("width"), kFwhm, 1e-7);  // float32 values
  EXPECT_NEAR(fit("left"), 0.5 - kFwhm / 2, 1e-7);
  EXPECT_GT(fit["width"].uncertainty, 0);
  const Measured e2("width", {{"method", "gaussian"}, {"fraction", std::exp(-2.0)}}, y);
  EXPECT_NEAR(e2("width"), 4 * 0.04, 1e-7);
}

TEST(Width, OfALorentzianByItsFitIsTwoGamma) {
  const auto y =
      sampled(1001, 0, 0.001, [](double x) { return 3 / (1 + std::pow((x - 0.4) / 0.02, 2)); });
  EXPECT_NEAR(Measured("width", {{"method", "lorentzian"}}, y)("width"), 0.04, 1e-7);
}

TEST(Width, OfAVoigtIsThatOfItsTwoParts) {
  const auto y = sampled(201, 0, 0.005, [](double x) { return 3 * voigt(x - 0.4, 0.03, 0.02); });
  // J. J. Olivero, R. L. Longbothum, JQSRT 17 (1977) 233: within 0.02 %.
  const double l = 0.04, g = 0.03 * 2 * std::sqrt(2 * std::log(2.0));
  const double width = 0.5346 * l + std::sqrt(0.2166 * l * l + g * g);
  EXPECT_NEAR(Measured("width", {{"method", "voigt"}}, y, 200)("width"), width, 2.5e-4 * width);
}

TEST(Width, AsDatalabReadsAGaussianWide) {
  const auto y = sampled(1001, 0, 0.001, gaussian);
  const double datalab = Measured("width", {{"definition", "datalab"}}, y)("width");
  EXPECT_NEAR(datalab / kFwhm, 1.03, 0.01);  // by the length of the record
}

TEST(Width, WithoutASideIsInvalidNotANumber) {
  EXPECT_EQ(Measured("width", {{"base", 0.0}}, {3, 4, 1, 0}).why_not("width"),
            "the record does not come down to the level on the left");
  EXPECT_EQ(Measured("width", {}, {0, 1, 3, 4}).why_not("left"),
            "the record does not come down to the level on the right");
  EXPECT_EQ(Measured("width", {}, {2, 2, 2}).why_not("width"), "the record is constant");
  EXPECT_EQ(Measured("width", {}, {0, 1}).why_not("width"), "the record is shorter than 3 values");
  EXPECT_EQ(Measured("width", {{"level", 9.0}}, {0, 1, 0}).why_not("width"),
            "the record does not reach the level");
  EXPECT_EQ(Measured("width", {{"method", "voigt"}}, {0, 1, 0}).why_not("width"),
            "the record is shorter than the fit needs");
}

TEST(Width, RefusesContradictions) {
  const SignalInfo in = records(Kind::kRecord, {{{0, 1, 0}}}).info;
  EXPECT_EQ(refusal("width", {{"level", 1.0}, {"fraction", 0.5}}, in).where, "level");
  EXPECT_EQ(refusal("width", {{"method", "gaussian"}, {"base", 1.0}}, in).where, "base");
  EXPECT_EQ(refusal("width", {{"method", "voigt"}, {"definition", "datalab"}}, in).where,
            "definition");
  EXPECT_EQ(refusal("width", {{"fraction", 1.0}}, in).where, "width.fraction");
}

}  // namespace
}  // namespace acq::test
