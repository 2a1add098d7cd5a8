// Loops over segments and spectra, vectorised for the machine at hand. Real-time safe.
#pragma once

#include <complex>
#include <cstddef>

namespace acq {

// The sum of x in float64.
double sum(const float* x, std::size_t count) noexcept;

// The sum of (x - mean)^2 in float64.
double sum_of_squares(const float* x, double mean, std::size_t count) noexcept;

// out[i] = (x[i] - mean) * window[i]
void apply_window(const float* x, float mean, const float* window, std::size_t count,
                  float* out) noexcept;

// Two segments as the real and imaginary part of one complex signal, each as in apply_window().
void apply_window_pair(const float* a, float mean_a, const float* b, float mean_b,
                       const float* window, std::size_t count, std::complex<float>* out) noexcept;

// power[i] += |z[i]|^2
void add_power(const std::complex<float>* z, std::size_t count, float* power) noexcept;

}  // namespace acq
