#include "dsp/math/fir_design.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "dsp/math/window.h"

namespace acq {
namespace {

constexpr double kPi = std::numbers::pi;

// The ideal low-pass filter of the given edge, `offset` samples from its middle.
double ideal_low(double edge, double offset) noexcept {
  const double x = 2 * kPi * edge * offset;
  return 2 * edge * (x == 0 ? 1 : std::sin(x) / x);
}

Result<void> check_edges(Band band, std::span<const double> edges) {
  const std::size_t wanted = band == Band::kPass || band == Band::kStop ? 2 : 1;
  if (edges.size() != wanted) {
    return fail(
        Code::kInvalid,
        fmt::format("a {} filter has {} cutoff, not {}", kBandNames[static_cast<std::size_t>(band)],
                    wanted == 1 ? "one" : "a lower and an upper", edges.size()),
        "cutoff", wanted == 1 ? "one frequency" : "two frequencies");
  }
  const bool is_inside =
      std::all_of(edges.begin(), edges.end(), [](double edge) { return edge > 0 && edge < 0.5; });
  if (!is_inside) {
    return fail(Code::kInvalid, "cutoff must lie between 0 and half the sample rate", "cutoff",
                "above 0 and below half the sample rate");
  }
  if (wanted == 2 && !(edges[0] < edges[1])) {
    return fail(Code::kInvalid, "the first cutoff must be below the second", "cutoff",
                "[lower, upper]");
  }
  return {};
}

}  // namespace

Result<std::vector<double>> design_fir(Band band, std::span<const double> edges,
                                       std::size_t tap_count, std::string_view window,
                                       std::span<const double> window_params) {
  if (const auto good = check_edges(band, edges); !good) return tl::unexpected(good.error());
  const bool passes_top = band == Band::kHigh || band == Band::kStop;
  if (passes_top && tap_count % 2 == 0) {
    return fail(Code::kInvalid,
                fmt::format("a {} filter needs an odd number of taps, not {}",
                            kBandNames[static_cast<std::size_t>(band)], tap_count),
                "order", "an even order");
  }
  auto shape = make_window(window, tap_count, Sampling::kSymmetric, window_params);
  if (!shape) return shape;
  std::vector<double>& taps = *shape;
  const double middle = static_cast<double>(tap_count - 1) / 2;
  for (std::size_t k = 0; k < (tap_count + 1) / 2; ++k) {
    const double offset = static_cast<double>(k) - middle;
    double ideal = ideal_low(edges[0], offset);
    if (band == Band::kHigh) ideal = ideal_low(0.5, offset) - ideal;
    if (band == Band::kPass) ideal = ideal_low(edges[1], offset) - ideal;
    if (band == Band::kStop) ideal += ideal_low(0.5, offset) - ideal_low(edges[1], offset);
    taps[k] *= ideal;
    taps[tap_count - 1 - k] = taps[k];  // to the last bit
  }
  double reference = 0;  // where the gain is to be 1
  if (band == Band::kHigh) reference = 0.5;
  if (band == Band::kPass) reference = (edges[0] + edges[1]) / 2;
  double gain = 0;
  for (std::size_t k = 0; k < tap_count; ++k) {
    gain += taps[k] * std::cos(2 * kPi * reference * (static_cast<double>(k) - middle));
  }
  if (!(std::abs(gain) > 1e-9)) {
    return fail(Code::kInvalid, "the filter would pass nothing: it is too short for its cutoff",
                "order", "a higher order");
  }
  for (double& tap : taps) tap /= gain;
  return shape;
}

KaiserDesign kaiser_design(double attenuation_db, double width) noexcept {
  const double a = attenuation_db;
  KaiserDesign design;
  if (a > 50) {
    design.beta = 0.1102 * (a - 8.7);
  } else if (a > 21) {
    design.beta = 0.5842 * std::pow(a - 21, 0.4) + 0.07886 * (a - 21);
  }
  const double order = std::max(2.0, std::ceil((a - 7.95) / (2.285 * 2 * kPi * width)));
  design.tap_count = order + (std::fmod(order, 2) == 0 ? 1 : 2);
  return design;
}

double fir_gain(std::span<const double> taps, double frequency) noexcept {
  std::complex<double> sum = 0;
  for (std::size_t k = 0; k < taps.size(); ++k) {
    sum += taps[k] * std::polar(1.0, -2 * kPi * frequency * static_cast<double>(k));
  }
  return std::abs(sum);
}

double fir_delay(std::span<const double> taps) noexcept {
  const std::size_t last = taps.size() - 1;
  bool is_even = true;
  bool is_odd = true;
  double sum = 0;
  double moment = 0;
  double size = 0;
  for (std::size_t k = 0; k <= last; ++k) {
    is_even = is_even && taps[k] == taps[last - k];
    is_odd = is_odd && taps[k] == -taps[last - k];
    sum += taps[k];
    moment += static_cast<double>(k) * taps[k];
    size += std::abs(taps[k]);
  }
  if (is_even || is_odd) return static_cast<double>(last) / 2;
  return std::abs(sum) > 1e-9 * size ? std::max(0.0, moment / sum) : 0;
}

}  // namespace acq
