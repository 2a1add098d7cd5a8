// The inner loops of FIR filters, vectorised for the machine at hand. Real-time safe.
//
// Each output is summed in an order that depends on its taps alone, so it does not depend on its
// place in a plane nor on how a stream is cut.
#pragma once

#include <cstddef>
#include <span>

namespace acq {

// Values that may be read (and are ignored) behind the last input of the functions below.
inline constexpr std::size_t kFirSlack = 16;

// A stretch of input and the taps that meet it, the one for the oldest sample first.
template <typename T>
struct FirPartOf {
  const T* x = nullptr;
  const T* taps = nullptr;
  std::size_t count = 0;  // of taps
};
using FirPart = FirPartOf<float>;

// y[i] = sum over parts of sum over j of taps[j] * x[i + j], for i < count. Each x holds
// count + part.count - 1 values and kFirSlack more. `y` overlaps no input.
void fir_sum(std::span<const FirPart> parts, float* y, std::size_t count) noexcept;
void fir_sum(std::span<const FirPartOf<double>> parts, double* y, std::size_t count) noexcept;

// y[i] = sum over j of taps[j] * x[i * step + j], for i < count: one dot product an output, for
// steps so large that outputs share no loads.
void fir_dots(const FirPart& part, std::size_t step, float* y, std::size_t count) noexcept;

// The same in float64, for all of y.
void fir_dots(std::span<const double> taps, const double* x, std::size_t step,
              std::span<double> y) noexcept;

// y[i] = sum over j of taps[j] * x[i + j] in float64, wherever all taps meet a value: for i up to
// x.size() - taps.size(). Reads nothing behind x. `y` does not overlap `x`.
void fir_inner(std::span<const double> x, std::span<const double> taps, double* y) noexcept;

}  // namespace acq
