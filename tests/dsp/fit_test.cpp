#include <gtest/gtest.h>

#include <random>

#include "dsp/math/curves.h"
#include "dsp/math/faddeeva.h"
#include "tests/support/measured.h"

namespace acq::test {
namespace {

TEST(Faddeeva, HasTheValuesOfTheTables) {
  // Abramowitz and Stegun, table 7.9, and erfcx on the imaginary axis.
  EXPECT_NEAR(std::abs(faddeeva({0, 0}) - 1.0), 0, 1e-14);
  EXPECT_NEAR(faddeeva({0, 1}).real(), std::exp(1.0) * std::erfc(1.0), 1e-14);
  EXPECT_NEAR(faddeeva({1, 0}).real(), std::exp(-1.0), 1e-14);
  EXPECT_NEAR(
      std::abs(faddeeva({2, 1}) - std::complex<double>(0.140239581366277, 0.222213440179899)), 0,
      1e-14);
  // Both ways meet where one takes over.
  EXPECT_NEAR(std::abs(faddeeva({9.9999999, 0.1}) - faddeeva({10.0000001, 0.1})), 0, 2e-9);
}

TEST(Fit, FindsTheParametersItsCurveWasMadeWith) {
  struct Made {
    const char* curve;
    std::vector<std::pair<const char*, double>> parameters;
    std::function<double(double)> f;
  };
  const Made all[] = {
      {"linear", {{"c0", 2}, {"c1", -3}}, [](double x) { return 2 - 3 * x; }},
      {"polynomial",
       {{"c0", 1}, {"c1", 2}, {"c2", -3}, {"c3", 4}},
       [](double x) { return 1 + x * (2 + x * (-3 + 4 * x)); }},
      {"gaussian",
       {{"amplitude", -2}, {"x0", 0.3}, {"sigma", 0.05}, {"y0", 1}},
       [](double x) { return 1 - 2 * std::exp(-0.5 * std::pow((x - 0.3) / 0.05, 2)); }},
      {"lorentzian",
       {{"amplitude", 2}, {"x0", 0.6}, {"gamma", 0.02}, {"y0", -1}},
       [](double x) { return 2 / (1 + std::pow((x - 0.6) / 0.02, 2)) - 1; }},
      {"voigt",
       {{"amplitude", 2}, {"x0", 0.6}, {"sigma", 0.04}, {"gamma", 0.03}, {"y0", 0.5}},
       [](double x) { return 2 * voigt(x - 0.6, 0.04, 0.03) + 0.5; }},
      {"exponential",
       {{"amplitude", 3}, {"rate", -5}, {"y0", 0.5}},
       [](double x) { return 3 * std::exp(-5 * x) + 0.5; }},
      {"sigmoid", {{"amplitude", -2}, {"k", 25}, {"x0", 0.4}, {"y0", 1}}, [](double x) {
         return 1 - 2 / (1 + std::exp(-25 * (x - 0.4)));
       }}};
  for (const Made& made : all) {
    SCOPED_TRACE(made.curve);
    const Measured fit("fit", {{"curve", made.curve}}, sampled(500, 0, 0.002, made.f), 500);
    for (const auto& [name, value] : made.parameters) {
      EXPECT_NEAR(fit(name), value, 2e-5 * std::abs(value)) << name;  // float32 values
      EXPECT_GT(fit[name].uncertainty, 0) << name;
    }
    EXPECT_LT(fit("residual_rms"), 1e-6);
    EXPECT_LT(fit("iterations"), 40);
  }
}

ScalarResult full_width(const std::vector<double>& y, CurveKind kind) {
  return fitted_width(fit_named_curve({y, 0, 0.005}, kind, {}), kind, 0.5);
}

// With one width 0 the other three parameters and the remaining width are those of the simpler curve.
void expect_limit(const std::string& curve, const char* width, const char* missing, double noise,
                  std::mt19937_64& random) {
  std::normal_distribution<double> noise_of(0, noise);
  const auto y = sampled(200, 0, 0.005, [&](double x) {
    const double t = (x - 0.45) / 0.06;
    const double shape = curve == "gaussian" ? std::exp(-0.5 * t * t) : 1 / (1 + t * t);
    return 0.5 + 3 * shape + (noise > 0 ? noise_of(random) : 0);
  });
  const Measured fit("fit", {{"curve", "voigt"}}, y, 200);
  const Measured simple("fit", {{"curve", curve}}, y, 200);
  EXPECT_STREQ(fit[width].invalid_because, "");
  if (fit(missing) == 0) {
    EXPECT_TRUE(std::isnan(fit[missing].uncertainty));
    for (const char* name : {"amplitude", "x0", "y0"}) {
      EXPECT_NEAR(fit(name), simple(name), 1e-6) << name;
      EXPECT_NEAR(fit[name].uncertainty, simple[name].uncertainty, 1e-6) << name;
    }
    EXPECT_NEAR(fit(width), simple(curve == "gaussian" ? "sigma" : "gamma"), 1e-6);
    const std::vector<double> wide(y.begin(), y.end());
    const CurveKind kind = curve == "gaussian" ? CurveKind::kGaussian : CurveKind::kLorentzian;
    const ScalarResult a = full_width(wide, CurveKind::kVoigt), b = full_width(wide, kind);
    EXPECT_NEAR(a.value, b.value, 1e-9);
    EXPECT_NEAR(a.uncertainty, b.uncertainty, 1e-4 * b.uncertainty);
  } else {  // noise asks for a little of it
    EXPECT_LE(fit("residual_rms"), simple("residual_rms") * (1 + 1e-9));
  }
}

TEST(Fit, AVoigtProfileMayBeAPureLorentzianOrAPureGaussian) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (const double noise : {0.0, 0.02}) {
    for (int run = 0; run < (noise > 0 ? 12 : 1); ++run) {
      expect_limit("lorentzian", "gamma", "sigma", noise, random);
      expect_limit("gaussian", "sigma", "gamma", noise, random);
      if (HasFailure()) return;
    }
  }
}

TEST(Fit, TakesOverlappingPeaksApartInTheOrderOfX) {
  const auto y = sampled(600, 0, 0.1, [](double x) {
    const auto peak = [x](double a, double at, double w) {
      return a * std::exp(-0.5 * std::pow((x - at) / w, 2));
    };
    return 0.2 + peak(1, 40, 3) + peak(3, 12, 1.5) + peak(2, 17, 2);
  });
  const Measured fit("fit", {{"curve", "multi_gaussian"}, {"peaks", 3.0}}, y, 10);
  EXPECT_NEAR(fit("x1"), 12, 1e-4);
  EXPECT_NEAR(fit("amplitude2"), 2, 1e-4);
  EXPECT_NEAR(fit("width3"), 3, 1e-4);
  EXPECT_NEAR(fit("y0"), 0.2, 1e-5);
  EXPECT_EQ(fit.unit("width3"), "s");
}

TEST(Fit, PolynomialOfDegreeTenFarFromZeroLosesNoDigits) {
  std::vector<double> y(300);
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double u = -1 + 2 * static_cast<double>(i) / 299;
    y[i] = std::cos(10 * std::acos(u));  // Chebyshev's own
  }
  const Fit fit = fit_polynomial({y, -1, 2.0 / 299}, 10);
  ASSERT_TRUE(fit.is_valid()) << fit.invalid_because;
  EXPECT_NEAR(fit.p[10], 512, 1e-9);
  EXPECT_NEAR(fit.p[8], -1280, 1e-9);
  EXPECT_NEAR(fit.p[0], -1, 1e-12);
}

// Score of each parameter of many fits of noisy gaussians: error over its uncertainty.
TEST(Fit, UncertaintiesCoverTheErrors) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise_of(0, 0.05);
  const double truth[] = {2, 0.3, 0.05, 1};
  constexpr int kRuns = 500;
  double squares[4] = {};
  std::vector<double> y(200);
  for (int run = 0; run < kRuns; ++run) {
    for (std::size_t i = 0; i < y.size(); ++i) {
      const double u = (0.005 * static_cast<double>(i) - truth[1]) / truth[2];
      y[i] = truth[0] * std::exp(-0.5 * u * u) + truth[3] + noise_of(random);
    }
    const Fit fit = fit_named_curve({y, 0, 0.005}, CurveKind::kGaussian);
    ASSERT_TRUE(fit.is_valid()) << fit.invalid_because;
    for (std::size_t k = 0; k < 4; ++k)
      squares[k] += std::pow((fit.p[k] - truth[k]) / fit.sigma(k), 2);
  }
  // A mean of 500 squared scores near 1 has sigma sqrt(2 / 500) = 0.063; four means beyond 5 sigma:
  // once in 400 thousand runs.
  for (const double sum : squares) EXPECT_NEAR(sum / kRuns, 1, 5 * 0.065);
}

TEST(Fit, TellsTheCovarianceWhenAsked) {
  std::vector<float> y = noise(101, 5);
  const Measured fit("fit", {{"curve", "linear"}, {"covariance", true}}, y, 100);
  // Of a straight line: cov = -mean(x) var(c1).
  EXPECT_NEAR(fit("cov_c0_c1"), -0.5 * std::pow(fit["c1"].uncertainty, 2), 1e-12);
  EXPECT_EQ(fit.unit("cov_c0_c1"), "(V).(V/s)");
}

TEST(Fit, OfWhatCannotBeFittedIsInvalidWithAReason) {
  const auto why = [](const char* curve, const std::vector<float>& y) {
    return Measured("fit", {{"curve", curve}}, y).why_not("residual_rms");
  };
  EXPECT_EQ(why("gaussian", {1, 2, 1}), "the record is shorter than the fit needs");
  EXPECT_EQ(why("voigt", std::vector<float>(50, 3.0F)), "the record is constant");
  EXPECT_EQ(why("linear", {1, NAN, 3, 4}), "a value is not finite");
  const Measured hurried("fit", {{"curve", "gaussian"}, {"iterations", 2.0}}, noise(100, 9));
  EXPECT_EQ(hurried.why_not("x0"), "the fit does not converge");
}

TEST(Fit, NeverTakesMoreThanItsIterations) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    for (const char* curve : {"gaussian", "lorentzian", "voigt", "exponential", "sigmoid"}) {
      const Measured fit("fit", {{"curve", curve}, {"iterations", 30.0}}, noise(64, seed));
      const bool is_valid = fit.why_not("iterations").empty();
      EXPECT_TRUE(!is_valid || fit("iterations") <= 30) << curve << seed;
    }
  }
}

TEST(Fit, RefusesIllegalParameters) {
  const SignalInfo in = records(Kind::kRecord, {{{0, 1, 0}}}).info;
  EXPECT_EQ(refusal("fit", {}, in).where, "fit.curve");
  EXPECT_EQ(refusal("fit", {{"curve", "cubic"}}, in).where, "fit.curve");
  EXPECT_EQ(refusal("fit", {{"curve", "polynomial"}, {"degree", 11.0}}, in).where, "fit.degree");
  EXPECT_EQ(refusal("fit", {{"curve", "multi_gaussian"}, {"peaks", 9.0}}, in).where, "fit.peaks");
  const SignalInfo many =
      records(Kind::kRecord, {std::vector<std::vector<float>>(64, {0, 1, 0})}).info;
  EXPECT_EQ(refusal("fit", {{"curve", "voigt"}}, many).allowed, "at most 36 channels");
}

}  // namespace
}  // namespace acq::test
