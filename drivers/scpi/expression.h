// Arithmetic in instrument profiles: "(yoff - yref) * yinc".
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "dsp/base/result.h"

namespace acq::scpi {

using Terms = std::map<std::string, double, std::less<>>;

// Numbers, names, + - * / and brackets, with their usual precedence. kInvalid with the column of
// what is wrong, or with a name that is not among the terms. Division by zero gives an infinity or
// no number: whoever uses the value checks that it is finite.
Result<double> evaluate(std::string_view expression, const Terms& terms);

}  // namespace acq::scpi
