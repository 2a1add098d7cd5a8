// Where the fits of curves.h start: rough values from the record itself.
#pragma once

#include <array>
#include <span>

#include "dsp/math/curves.h"

namespace acq {

using Start = std::array<double, kMaxFitParams>;

// Of a single peak (gaussian, lorentzian, voigt): base at the ends, the value farthest from it, the
// width where it has come down to half.
Start peak_start(const Trace& record, CurveKind kind) noexcept;
// Amplitude, x0 and width of the value of `rest` farthest from `base`; the base is taken off.
void tallest_start(const Trace& rest, double base, CurveKind kind, double* p) noexcept;
// The value below which a quarter of the record lies; `work` is scratch of the record's length.
double base_of(const Trace& record, std::span<double> work) noexcept;
// J. Jacquelin, Regressions et equations integrales (2014): the integral equation of the exponential.
Start exponential_start(const Trace& record) noexcept;
Start sigmoid_start(const Trace& record) noexcept;

}  // namespace acq
