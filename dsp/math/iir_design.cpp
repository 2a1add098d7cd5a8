#include "dsp/math/iir_design.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <tuple>

namespace acq {
namespace {

using Complex = std::complex<double>;
constexpr double kPi = std::numbers::pi;

// How far rounding a section's coefficients may move its poles, against their distance from the
// nearest of 1 and -1. A filter's shape is wrong by about as much.
constexpr double kMostPoleShift = 1e-5;

// Two poles of the analogue filter whose product and sum are real.
struct PolePair {
  Complex first;
  Complex second;  // only if `is_double`
  bool is_double = true;
};

// The poles of the analogue filter: those of the prototype with edge 1, moved to the band.
std::vector<PolePair> analogue_poles(Band band, std::size_t order, double low, double high) {
  const double centre2 = low * high;  // square of the middle of the band
  const double width = high - low;
  std::vector<PolePair> poles;
  for (std::size_t k = 0; k < (order + 1) / 2; ++k) {
    const double angle =
        kPi * static_cast<double>(2 * k + order + 1) / static_cast<double>(2 * order);
    const bool is_real = 2 * k + 1 == order;
    const Complex p = is_real ? Complex(-1, 0) : std::polar(1.0, angle);
    if (band == Band::kLow || band == Band::kHigh) {
      const Complex moved = band == Band::kLow ? low * p : low / p;
      poles.push_back({moved, std::conj(moved), !is_real});
      continue;
    }
    const Complex half = band == Band::kPass ? p * (width / 2) : (width / 2) / p;
    const Complex root = std::sqrt(half * half - centre2);
    const bool adds = std::abs(half + root) >= std::abs(half - root);
    const Complex one = adds ? half + root : half - root;
    const Complex other = centre2 / one;  // a difference would lose digits in wide bands
    if (is_real) {
      poles.push_back({one, other});
    } else {
      poles.push_back({one, std::conj(one)});
      poles.push_back({other, std::conj(other)});
    }
  }
  return poles;
}

// Bilinear transform of s with a sampling interval of 1, less 1 or plus 1: exact near z = 1 or -1.
Complex z_less_one(Complex s) {
  return 2.0 * s / (2.0 - s);
}
Complex z_plus_one(Complex s) {
  return 4.0 / (2.0 - s);
}

Section denominator_of(const PolePair& pair) {
  const Complex z1 = 1.0 + z_less_one(pair.first);
  if (!pair.is_double) return {.a1 = -z1.real()};
  const Complex z2 = 1.0 + z_less_one(pair.second);
  return {.a1 = -(z1 + z2).real(), .a2 = (z1 * z2).real()};
}

// Whether the rounded coefficients still say how far the poles are from z = 1 and z = -1.
bool is_exact(const PolePair& pair, const Section& section) {
  double at_one = std::abs(z_less_one(pair.first));
  double at_minus_one = std::abs(z_plus_one(pair.first));
  if (pair.is_double) {
    at_one *= std::abs(z_less_one(pair.second));
    at_minus_one *= std::abs(z_plus_one(pair.second));
  }
  const double got_one = 1 + section.a1 + section.a2;
  const double got_minus_one = 1 - section.a1 + section.a2;
  return std::abs(got_one - at_one) <= kMostPoleShift * at_one &&
         std::abs(got_minus_one - at_minus_one) <= kMostPoleShift * at_minus_one &&
         std::abs(section.a2) < 1;
}

void add_zeros(Band band, double middle, bool is_double, Section& section) {
  section.b0 = 1;
  switch (band) {
    case Band::kLow:
    case Band::kHigh: {
      const double sign = band == Band::kLow ? 1 : -1;
      section.b1 = is_double ? 2 * sign : sign;
      section.b2 = is_double ? 1 : 0;
      break;
    }
    case Band::kPass: section.b2 = -1; break;
    case Band::kStop:
      section.b1 = -2 * std::cos(2 * kPi * middle);
      section.b2 = 1;
      break;
  }
}

Complex response(const Section& s, double frequency) noexcept {
  const Complex z1 = std::polar(1.0, -2 * kPi * frequency);
  return (s.b0 + z1 * (s.b1 + z1 * s.b2)) / (1.0 + z1 * (s.a1 + z1 * s.a2));
}

// Sum of k c[k] z^-k over sum of c[k] z^-k: the group delay of a polynomial is its real part.
double polynomial_delay(double c0, double c1, double c2, double frequency) noexcept {
  const Complex z1 = std::polar(1.0, -2 * kPi * frequency);
  const Complex value = c0 + z1 * (c1 + z1 * c2);
  const Complex moment = z1 * (c1 + 2.0 * z1 * c2);
  if (std::abs(value) < 1e-12 * (std::abs(c0) + std::abs(c1) + std::abs(c2))) {
    // A zero on the unit circle, just here: the mean of both sides, half the degree.
    return c2 != 0 ? 1 : 0.5;
  }
  return (moment / value).real();
}

Result<void> check(Band band, std::span<const double> edges, std::size_t order) {
  if (order < 1 || order > kMostIirOrder) {
    return fail(Code::kInvalid, fmt::format("order is {}", order), "order",
                fmt::format("1 to {}", kMostIirOrder));
  }
  const std::size_t wanted = band == Band::kPass || band == Band::kStop ? 2 : 1;
  const bool are_inside =
      std::all_of(edges.begin(), edges.end(), [](double edge) { return edge > 0 && edge < 0.5; });
  if (edges.size() != wanted || !are_inside || (wanted == 2 && !(edges[0] < edges[1]))) {
    return fail(Code::kInvalid,
                fmt::format("a {} filter cannot have this cutoff",
                            kBandNames[static_cast<std::size_t>(band)]),
                "cutoff",
                wanted == 1 ? "one frequency above 0 and below half the sample rate"
                            : "two rising frequencies above 0 and below half the sample rate");
  }
  return {};
}

}  // namespace

Result<std::vector<Section>> design_butterworth(Band band, std::span<const double> edges,
                                                std::size_t order) {
  if (const auto good = check(band, edges, order); !good) return tl::unexpected(good.error());
  const double low = 2 * std::tan(kPi * edges.front());
  const double high = 2 * std::tan(kPi * edges.back());
  const double middle = std::atan(std::sqrt(low * high) / 2) / kPi;
  double reference = 0;  // where the gain is to be 1
  if (band == Band::kHigh) reference = 0.5;
  if (band == Band::kPass) reference = middle;
  std::vector<Section> sections;
  for (const PolePair& pair : analogue_poles(band, order, low, high)) {
    Section section = denominator_of(pair);
    if (!is_exact(pair, section)) {
      return fail(Code::kInvalid,
                  "the cutoff is so close to 0, to half the sample rate or to the other one that "
                  "float64 cannot hold the filter",
                  "cutoff", "a cutoff further away; for a low one, decimate first");
    }
    add_zeros(band, middle, pair.is_double, section);
    const double gain = std::abs(response(section, reference));
    section.b0 /= gain;
    section.b1 /= gain;
    section.b2 /= gain;
    sections.push_back(section);
  }
  std::sort(sections.begin(), sections.end(), [](const Section& a, const Section& b) {
    return std::tie(a.a2, a.a1) < std::tie(b.a2, b.a1);
  });
  return sections;
}

double sos_gain(std::span<const Section> sections, double frequency) noexcept {
  double gain = 1;
  for (const Section& section : sections) gain *= std::abs(response(section, frequency));
  return gain;
}

double sos_delay(std::span<const Section> sections, double frequency) noexcept {
  double delay = 0;
  for (const Section& s : sections) {
    delay +=
        polynomial_delay(s.b0, s.b1, s.b2, frequency) - polynomial_delay(1, s.a1, s.a2, frequency);
  }
  return delay;
}

}  // namespace acq
