// Resampling, interpolation and octave bands on whole arrays against SciPy.
#include <gtest/gtest.h>

#include "dsp/math/interpolate.h"
#include "dsp/math/overlap_save.h"
#include "dsp/math/resample.h"
#include "dsp/math/spectral.h"
#include "tests/validation/functions.h"

namespace acq::test {
namespace {

TEST(RateFunctions, ResampleIsResamplePoly) {
  check_function("resample_f64", [](const VectorCase& with) {
    return resample(array_of(with, "x"), count_of(with, "up"), count_of(with, "down")).value();
  });
}

TEST(RateFunctions, InterpolationsAreThoseOfScipy) {
  check_function("interpolate_f64", [](const VectorCase& with) {
    const auto method = word_of<Interpolation>(kInterpolationNames, text_of(with, "method"));
    const std::vector<double>& at = array_of(with, "at");
    std::vector<double> out(at.size());
    EXPECT_TRUE(interpolate(method, array_of(with, "x"), array_of(with, "y"), at, out));
    return out;
  });
}

TEST(RateFunctions, FiltersAndConvolutionsAreThoseOfScipy) {
  check_function("fir_f64", [](const VectorCase& with) {
    const std::vector<double>&x = array_of(with, "x"), &taps = array_of(with, "taps");
    return text_of(with, "what") == "filter" ? filter_fir(taps, x).value() : convolve(x, taps);
  });
}

TEST(RateFunctions, OctaveBandsHaveTheEdgesOfTheStandard) {
  check_function("octave_f64", [](const VectorCase& with) {
    std::vector<double> flat;
    for (const OctaveBand& band : octave_bands(
             count_of(with, "fraction"), number_of(with, "lowest"), number_of(with, "highest"))) {
      flat.insert(flat.end(), {band.lower_hz, band.centre_hz, band.upper_hz});
    }
    return flat;
  });
}

}  // namespace
}  // namespace acq::test
