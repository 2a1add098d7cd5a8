// Loops over complex arrays, vectorised for the machine at hand. Real-time safe.
#pragma once

#include <complex>
#include <span>

namespace acq {

// x[k] *= h[k], without the standard's care for infinite parts. Equally long.
void multiply(std::span<std::complex<float>> x, std::span<const std::complex<float>> h) noexcept;
void multiply(std::span<std::complex<double>> x, std::span<const std::complex<double>> h) noexcept;

// z[k] = scale ln max(|z[k]|, least). Error of the logarithm 2e-16, or 2 ulp.
void log_magnitudes(std::span<std::complex<double>> z, double least, double scale) noexcept;

}  // namespace acq
