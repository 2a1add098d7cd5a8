// Window functions for spectra and filter design, as whole arrays in float64.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "dsp/base/result.h"

namespace acq {

enum class Sampling : std::uint8_t {
  kSymmetric,  // first value equals last: filter design, DataLab
  kPeriodic,   // one value of the next period left out: spectra
};

// Every window by SciPy's name, in the order a user reads them: the choices of a parameter.
inline constexpr std::array<std::string_view, 25> kWindowNames = {"boxcar",
                                                                  "triang",
                                                                  "bartlett",
                                                                  "hann",
                                                                  "hamming",
                                                                  "blackman",
                                                                  "blackmanharris",
                                                                  "nuttall",
                                                                  "flattop",
                                                                  "barthann",
                                                                  "bohman",
                                                                  "cosine",
                                                                  "lanczos",
                                                                  "parzen",
                                                                  "tukey",
                                                                  "kaiser",
                                                                  "kaiser_bessel_derived",
                                                                  "gaussian",
                                                                  "general_gaussian",
                                                                  "exponential",
                                                                  "taylor",
                                                                  "chebwin",
                                                                  "dpss",
                                                                  "general_hamming",
                                                                  "general_cosine"};

// The window `name` with `count` values. `params` are the window's own numbers in SciPy's order;
// those with a default may be left out:
//   kaiser beta · kaiser_bessel_derived beta · gaussian std (values) · general_gaussian p, sigma
//   (values) · tukey alpha = 0.5 · exponential tau = 1 (values), centre = middle · general_hamming
//   alpha · general_cosine a0, a1 ... · taylor nbar = 4, sidelobes_db = 30 · chebwin attenuation_db ·
//   dpss half_bandwidth (bins)
// kInvalid for an unknown name, a wrong number of parameters, or one out of range.
// Source: the definitions of scipy.signal.windows 1.10 (F. J. Harris 1978 for most; A. H. Nuttall
// 1981; T. Taylor 1955 for "taylor").
Result<std::vector<double>> make_window(std::string_view name, std::size_t count, Sampling sampling,
                                        std::span<const double> params = {});

// Mean of the values: what the window does to the amplitude of a sinusoid on a bin. 0 when empty.
double coherent_gain(std::span<const double> window) noexcept;

// Equivalent noise bandwidth in bins: count * sum(w^2) / sum(w)^2. 1 for a boxcar.
double enbw_bins(std::span<const double> window) noexcept;

}  // namespace acq
