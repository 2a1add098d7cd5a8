// vectors/fit.vec, sigima_fit.vec and sine_fit.vec against their blocks: parameters, uncertainties, residual.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/block_harness.h"
#include "tests/support/paths.h"
#include "tests/validation/vectors.h"

namespace acq::test {
namespace {

// The error as a part of what is allowed.
double expect_near(double got, double want, double allowed, const char* what, std::size_t k) {
  if (std::isnan(want) || got == want) return 0;  // NaN: the oracle does not tell
  EXPECT_NEAR(got, want, allowed) << what << " " << k;
  return std::abs(got - want) / allowed;
}

class EveryFit : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryFit, HasTheParametersAndUncertaintiesOfItsOracle) {
  const Result<Vectors> vectors =
      read_vectors(ACQ_SOURCE_DIR "/tests/validation/vectors/" + GetParam() + ".vec");
  ASSERT_TRUE(vectors) << to_string(vectors.error());
  ASSERT_GE(vectors->cases.size(), 10U);
  double worst = 0;
  for (const VectorCase& with : vectors->cases) {
    SCOPED_TRACE(with.name);
    const std::vector<double>& y = with.arrays.at("input").values;
    const Signal in = records(Kind::kRecord, {{{y.begin(), y.end()}}},
                              static_cast<std::uint64_t>(with.values.at("rate_hz")));
    const Signal out = run(GetParam() == "sine_fit" ? "sine_fit" : "fit", with.params, in);
    const std::vector<ScalarResult>& results = out.pieces.at(0).results;
    const std::vector<double>& parameters = with.arrays.at("parameters").values;
    const std::vector<double>& sigmas = with.arrays.at("sigmas").values;
    const double relative = with.values.at("relative");
    for (std::size_t k = 0; k < parameters.size(); ++k) {
      ASSERT_STREQ(results.at(k).invalid_because, "");
      // An error far below the uncertainty is none, whatever part of a small parameter it is.
      const double sigma = std::isnan(sigmas[k]) ? 0 : sigmas[k];
      worst = std::max(
          {worst,
           expect_near(results[k].value, parameters[k],
                       relative * std::max(std::abs(parameters[k]), sigma), "parameter", k),
           expect_near(results[k].uncertainty, sigmas[k], 20 * relative * sigmas[k], "uncertainty",
                       k)});
    }
    const double rms = with.arrays.at("rms").values[0];
    worst = std::max(worst, expect_near(results.at(parameters.size()).value, rms, relative * rms,
                                        "residual", 0));
    if (HasFailure()) return;
  }
  RecordProperty("worst_part_of_tolerance_" + GetParam(), std::to_string(worst));
}

INSTANTIATE_TEST_SUITE_P(Fits, EveryFit, ::testing::Values("fit", "sine_fit", "sigima_fit"),
                         [](const auto& name) { return name.param; });

}  // namespace
}  // namespace acq::test
