// The largest peaks of a spectrum, for people.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace acq::tool {

struct SpectralPeak {
  double position = 0;  // in bins, between them
  double height = 0;
};

// Local maxima, highest first; neither the first nor the last bin is one. Position and height by a
// parabola through the logarithms of the three bins where they are positive.
// Source: J. O. Smith, Spectral Audio Signal Processing, "Quadratic interpolation of spectral
// peaks".
std::vector<SpectralPeak> largest_peaks(std::span<const double> spectrum, std::size_t count);

}  // namespace acq::tool
