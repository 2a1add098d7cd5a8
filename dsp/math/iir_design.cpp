#include "dsp/math/iir_design.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <tuple>
#include <utility>

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

// The two places to which a place of the prototype goes in a band from `low` to `high`.
std::pair<Complex, Complex> to_band(Band band, Complex p, double low, double high) {
  const double centre2 = low * high;  // square of the middle of the band
  const Complex half = band == Band::kPass ? p * ((high - low) / 2) : ((high - low) / 2) / p;
  const Complex root = std::sqrt(half * half - centre2);
  const bool adds = std::abs(half + root) >= std::abs(half - root);
  const Complex one = adds ? half + root : half - root;
  return {one, centre2 / one};  // a difference would lose digits in wide bands
}

// The poles of the analogue filter: those of the prototype with edge 1, moved to the band.
std::vector<PolePair> move_poles(Band band, const IirPrototype& prototype, double low,
                                 double high) {
  std::vector<PolePair> poles;
  for (const Complex p : prototype.poles) {
    const bool is_real = p.imag() == 0;
    if (band == Band::kLow || band == Band::kHigh) {
      const Complex moved = band == Band::kLow ? low * p : low / p;
      poles.push_back({moved, std::conj(moved), !is_real});
      continue;
    }
    const auto [one, other] = to_band(band, p, low, high);
    if (is_real) {
      poles.push_back({one, other});
    } else {
      poles.push_back({one, std::conj(one)});
      poles.push_back({other, std::conj(other)});
    }
  }
  return poles;
}

// The angles (0 to pi) on the unit circle of the pairs of zeros that are not at z = 1 or -1.
std::vector<double> zero_angles(Band band, const IirPrototype& prototype, double low, double high) {
  std::vector<double> angles;
  const auto add = [&](double w) { angles.push_back(2 * std::atan(std::abs(w) / 2)); };
  for (const double zero : prototype.zeros) {
    if (band == Band::kLow) add(low * zero);
    if (band == Band::kHigh) add(low / zero);
    if (band == Band::kLow || band == Band::kHigh) continue;
    const auto [one, other] = to_band(band, Complex(0, zero), low, high);
    add(one.imag());
    add(other.imag());
  }
  if (band != Band::kStop) return angles;
  // What is at infinity in the prototype is in the middle of the band here.
  std::size_t order = 0;
  for (const Complex p : prototype.poles) order += p.imag() == 0 ? 1 : 2;
  for (std::size_t i = 2 * prototype.zeros.size(); i < order; ++i) add(std::sqrt(low * high));
  return angles;
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

// Gives the section the pair of zeros nearest to its poles, or what the band has at z = 1 and -1.
void add_zeros(Band band, bool is_double, std::vector<double>& angles, Section& section) {
  section.b0 = 1;
  if (is_double && !angles.empty()) {
    const double radius = std::sqrt(std::max(section.a2, 0.0));
    const double angle =
        std::acos(std::clamp(radius > 0 ? -section.a1 / (2 * radius) : 0.0, -1.0, 1.0));
    const auto nearest = std::min_element(angles.begin(), angles.end(), [&](double a, double b) {
      return std::abs(a - angle) < std::abs(b - angle);
    });
    section.b1 = -2 * std::cos(*nearest);
    section.b2 = 1;
    angles.erase(nearest);
    return;
  }
  if (band == Band::kPass) {
    section.b2 = -1;
    return;
  }
  const double sign = band == Band::kLow ? 1 : -1;
  section.b1 = is_double ? 2 * sign : sign;
  section.b2 = is_double ? 1 : 0;
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

Result<void> check_ripple(const IirDesign& design) {
  const bool has_ripple =
      design.family == IirFamily::kChebyshev1 || design.family == IirFamily::kElliptic;
  const bool has_attenuation =
      design.family == IirFamily::kChebyshev2 || design.family == IirFamily::kElliptic;
  if (has_ripple && !(design.ripple_db >= 1e-6 && design.ripple_db <= 20)) {
    return fail(Code::kInvalid, fmt::format("ripple is {} dB", design.ripple_db), "ripple",
                "1e-6 to 20 dB");
  }
  if (has_attenuation && !(design.attenuation_db >= 1 && design.attenuation_db <= 200)) {
    return fail(Code::kInvalid, fmt::format("attenuation is {} dB", design.attenuation_db),
                "attenuation", "1 to 200 dB");
  }
  if (has_ripple && has_attenuation && !(design.ripple_db < design.attenuation_db)) {
    return fail(Code::kInvalid,
                fmt::format("the ripple of {} dB is not below the attenuation of {} dB",
                            design.ripple_db, design.attenuation_db),
                "ripple", "below the attenuation");
  }
  return {};
}

}  // namespace

Result<std::vector<Section>> design_iir(const IirDesign& design, Band band,
                                        std::span<const double> edges) {
  if (const auto good = check(band, edges, design.order); !good) {
    return tl::unexpected(good.error());
  }
  if (const auto good = check_ripple(design); !good) return tl::unexpected(good.error());
  const double low = 2 * std::tan(kPi * edges.front());
  const double high = 2 * std::tan(kPi * edges.back());
  const IirPrototype prototype = iir_prototype(design.family, design.order, design.ripple_db,
                                               design.attenuation_db, design.bessel_norm);
  std::vector<Section> sections;
  for (const PolePair& pair : move_poles(band, prototype, low, high)) {
    Section section = denominator_of(pair);
    if (!is_exact(pair, section)) {
      return fail(Code::kInvalid,
                  "the cutoff is so close to 0, to half the sample rate or to the other one that "
                  "float64 cannot hold the filter",
                  "cutoff", "a cutoff further away; for a low one, decimate first");
    }
    section.b2 = pair.is_double ? 1 : 0;  // says so until the zeros are placed
    sections.push_back(section);
  }
  std::sort(sections.begin(), sections.end(), [](const Section& a, const Section& b) {
    return std::tie(a.a2, a.a1) < std::tie(b.a2, b.a1);
  });
  double reference = 0;  // where the gain is to be that of the prototype at 0
  if (band == Band::kHigh) reference = 0.5;
  if (band == Band::kPass) reference = std::atan(std::sqrt(low * high) / 2) / kPi;
  std::vector<double> angles = zero_angles(band, prototype, low, high);
  for (std::size_t i = sections.size(); i-- > 0;) {  // poles closest to the circle choose first
    Section& section = sections[i];
    const bool is_double = section.b2 != 0;
    section.b2 = 0;
    add_zeros(band, is_double, angles, section);
    const double gain = std::abs(response(section, reference)) / (i == 0 ? prototype.gain : 1.0);
    section.b0 /= gain;
    section.b1 /= gain;
    section.b2 /= gain;
  }
  return sections;
}

Result<std::vector<Section>> design_butterworth(Band band, std::span<const double> edges,
                                                std::size_t order) {
  return design_iir({.order = order}, band, edges);
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
