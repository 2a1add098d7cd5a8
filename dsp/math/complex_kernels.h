// Loops over complex arrays, vectorised for the machine at hand. Real-time safe.
#pragma once

#include <complex>
#include <span>

namespace acq {

// x[k] *= h[k], without the standard's care for infinite parts. Equally long.
void multiply(std::span<std::complex<float>> x, std::span<const std::complex<float>> h) noexcept;
void multiply(std::span<std::complex<double>> x, std::span<const std::complex<double>> h) noexcept;

// z[k] = re[k] + i im[k], and back.
void interleave(const float* re, const float* im, std::span<std::complex<float>> z) noexcept;
void interleave(const double* re, const double* im, std::span<std::complex<double>> z) noexcept;
void deinterleave(std::span<const std::complex<float>> z, float* re, float* im) noexcept;
void deinterleave(std::span<const std::complex<double>> z, double* re, double* im) noexcept;

// z[k] = scale ln max(|z[k]|, least). Error of the logarithm 2e-16, or 2 ulp.
void log_magnitudes(std::span<std::complex<double>> z, double least, double scale) noexcept;

}  // namespace acq
