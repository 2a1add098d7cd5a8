// Functions of samples, calculus and trends against NumPy and SciPy.
#include <gtest/gtest.h>

#include "dsp/math/calculus.h"
#include "dsp/math/complex_parts.h"
#include "dsp/math/function.h"
#include "dsp/math/replace.h"
#include "tests/validation/functions.h"

namespace acq::test {
namespace {

TEST(SampleFunctions, AreThoseOfNumpy) {
  check_function("function_f64", [](const VectorCase& with) {
    std::vector<double> y = array_of(with, "x");
    apply_function(word_of<Function>(kFunctionNames, text_of(with, "op")),
                   number_of(with, "exponent"), y, y);
    return y;
  });
}

TEST(SampleFunctions, UnwrapIsThatOfNumpy) {
  check_function("unwrap", [](const VectorCase& with) {
    std::vector<double> y = array_of(with, "x");
    unwrap(y, number_of(with, "period"), y);
    return y;
  });
}

TEST(SampleFunctions, DerivativesAreNumpysGradient) {
  check_function("derivative_f64", [](const VectorCase& with) {
    const std::vector<double>& x = array_of(with, "x");
    std::vector<double> y(x.size());
    if (with.has("t")) {
      derivative(x, array_of(with, "t"), y);
    } else {
      derivative(x, number_of(with, "step"), y);
    }
    return y;
  });
}

TEST(SampleFunctions, IntegralsAreScipysCumulativeTrapezoid) {
  check_function("integral_f64", [](const VectorCase& with) {
    const std::vector<double>& x = array_of(with, "x");
    std::vector<double> y(x.size());
    if (with.has("t")) {
      integral(x, array_of(with, "t"), y);
    } else {
      integral(x, number_of(with, "step"), y);
    }
    return y;
  });
}

TEST(SampleFunctions, DetrendIsThatOfScipy) {
  check_function("detrend_f64", [](const VectorCase& with) {
    std::vector<double> y = array_of(with, "x");
    detrend(word_of<Trend>(kTrendNames, text_of(with, "trend")), y, y);
    return y;
  });
}

TEST(SampleFunctions, ReplacementsAreNumpysInterpAndWhere) {
  check_function("replace_f64", [](const VectorCase& with) {
    std::vector<double> y = array_of(with, "x");
    constexpr std::string_view kNames[] = {"constant", "hold", "linear"};
    replace_non_finite(y, word_of<Replaced>(kReplacedNames, text_of(with, "what")),
                       word_of<Replacement>(kNames, text_of(with, "method")),
                       number_of(with, "constant"), y);
    return y;
  });
}

}  // namespace
}  // namespace acq::test
