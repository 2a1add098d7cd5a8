// The two curves that a Voigt profile becomes where one of its widths is 0.
#pragma once

#include "dsp/math/least_squares.h"

namespace acq {

// The least squares fit of a Voigt profile (amplitude, x0, sigma, gamma, y0) that has sigma = 0 or
// gamma = 0, where the sum of squares becomes no less inside. That width has no uncertainty. Real-time
// safe.
// Invalid: neither limit is such a minimum.
Fit fit_voigt_limit(const Trace& record, const FitLimits& limits) noexcept;

}  // namespace acq
