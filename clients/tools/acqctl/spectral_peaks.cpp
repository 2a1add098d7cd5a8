#include "clients/tools/acqctl/spectral_peaks.h"

#include <algorithm>
#include <cmath>

namespace acq::tool {
namespace {

SpectralPeak refine(std::span<const double> spectrum, std::size_t i) {
  const SpectralPeak plain{static_cast<double>(i), spectrum[i]};
  if (spectrum[i - 1] <= 0 || spectrum[i] <= 0 || spectrum[i + 1] <= 0) return plain;
  const double left = std::log(spectrum[i - 1]);
  const double middle = std::log(spectrum[i]);
  const double right = std::log(spectrum[i + 1]);
  const double bend = left - 2 * middle + right;
  if (bend >= 0) return plain;
  const double shift = 0.5 * (left - right) / bend;
  return {static_cast<double>(i) + shift, std::exp(middle - 0.25 * (left - right) * shift)};
}

}  // namespace

std::vector<SpectralPeak> largest_peaks(std::span<const double> spectrum, std::size_t count) {
  std::vector<SpectralPeak> peaks;
  for (std::size_t i = 1; i + 1 < spectrum.size(); ++i) {
    if (spectrum[i] > spectrum[i - 1] && spectrum[i] >= spectrum[i + 1]) {
      peaks.push_back(refine(spectrum, i));
    }
  }
  const auto higher = [](const SpectralPeak& a, const SpectralPeak& b) {
    return a.height > b.height;
  };
  const std::size_t kept = std::min(count, peaks.size());
  std::partial_sort(peaks.begin(), peaks.begin() + static_cast<std::ptrdiff_t>(kept), peaks.end(),
                    higher);
  peaks.resize(kept);
  return peaks;
}

}  // namespace acq::tool
