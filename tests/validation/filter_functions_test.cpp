// Recursive designs, medians and means on whole arrays against SciPy.
#include <gtest/gtest.h>

#include "dsp/math/iir_design.h"
#include "dsp/math/moving_median.h"
#include "dsp/math/zero_phase.h"
#include "tests/validation/functions.h"

namespace acq::test {
namespace {

IirDesign design_of(const VectorCase& with) {
  IirDesign design;
  design.family = word_of<IirFamily>(kIirFamilyNames, text_of(with, "family"));
  design.order = count_of(with, "order");
  if (with.params.contains("ripple")) design.ripple_db = number_of(with, "ripple");
  if (with.params.contains("attenuation")) design.attenuation_db = number_of(with, "attenuation");
  if (with.params.contains("bessel_norm")) {
    design.bessel_norm = word_of<BesselNorm>(kBesselNormNames, text_of(with, "bessel_norm"));
  }
  return design;
}

TEST(FilterFunctions, EveryFamilyIsThatOfScipy) {
  check_function("iir_f64", [](const VectorCase& with) {
    std::vector<double> edges = numbers_of(with, "cutoff");
    for (double& edge : edges) edge /= 1000;
    const auto sections =
        design_iir(design_of(with), word_of<Band>(kBandNames, text_of(with, "kind")), edges);
    if (!sections) ADD_FAILURE() << to_string(sections.error());
    std::vector<double> y = array_of(with, "x");
    filter_sections(*sections, y, y);
    return y;
  });
}

TEST(FilterFunctions, MovingMediansAndMeansAreThoseOfNdimage) {
  check_function("moving_f64", [](const VectorCase& with) {
    const auto border = word_of<Border>(kBorderNames, text_of(with, "border"));
    const std::vector<double>& x = array_of(with, "x");
    const std::size_t length = count_of(with, "length");
    if (text_of(with, "filter") != "mean") return median_filter(x, length, border);
    std::vector<double> y(x.size());
    mean_filter(x, length, border, y);
    return y;
  });
}

}  // namespace
}  // namespace acq::test
