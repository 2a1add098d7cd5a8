#include "dsp/math/window_special.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <vector>

#include "dsp/base/planes.h"
#include "dsp/math/complex_parts.h"
#include "dsp/math/fft.h"

namespace acq {
namespace {

constexpr double kPi = std::numbers::pi;

// T_order(x[k]), the Chebyshev polynomial, in place.
void chebyshev(double order, std::span<double> x) {
  std::vector<double> beside(x.size()), angles(x.size()), ones(x.size(), 1.0), sines(x.size());
  std::transform(x.begin(), x.end(), beside.begin(),
                 [](double v) { return std::sqrt(std::max(0.0, (1 - v) * (1 + v))); });
  complex_part(ComplexPart::kPhase, std::span<const double>(x), std::span<const double>(beside), 1,
               std::span(angles));  // the arccosines
  const std::vector<double> places(x.begin(), x.end());
  for (double& angle : angles) angle *= order;
  from_polar(std::span<const double>(ones), std::span<const double>(angles), 1, x,
             std::span(sines));
  for (std::size_t k = 0; k < x.size(); ++k) {
    if (std::abs(places[k]) <= 1) continue;
    const double size = std::cosh(order * std::acosh(std::abs(places[k])));
    x[k] = places[k] < 0 && std::fmod(order, 2) != 0 ? -size : size;
  }
}

// A symmetric tridiagonal matrix: `side[i]` stands beside diagonal[i] and diagonal[i + 1].
struct Tridiagonal {
  std::vector<double> diagonal;
  std::vector<double> side;
};

// Whether all eigenvalues are below `x`: the signs of Sturm's sequence.
bool is_below(const Tridiagonal& matrix, double x) {
  double pivot = matrix.diagonal[0] - x;
  if (pivot >= 0) return false;
  for (std::size_t i = 1; i < matrix.diagonal.size(); ++i) {
    pivot = matrix.diagonal[i] - x - matrix.side[i - 1] * matrix.side[i - 1] / pivot;
    if (pivot >= 0) return false;
  }
  return true;
}

double largest_eigenvalue(const Tridiagonal& matrix) {
  double low = matrix.diagonal[0];
  double high = low;
  const std::size_t count = matrix.diagonal.size();
  for (std::size_t i = 0; i < count; ++i) {  // Gershgorin's circles
    const double reach = (i > 0 ? matrix.side[i - 1] : 0) + (i + 1 < count ? matrix.side[i] : 0);
    low = std::max(low, matrix.diagonal[i]);
    high = std::max(high, matrix.diagonal[i] + reach);
  }
  high += std::abs(high) * 1e-15;
  for (int i = 0; i < 100 && high - low > 1e-16 * (std::abs(low) + std::abs(high)); ++i) {
    const double middle = low + (high - low) / 2;
    (is_below(matrix, middle) ? high : low) = middle;
  }
  return high;
}

// Solves (matrix - shift) v = v in place, by elimination without exchanges: `shift` is above all
// eigenvalues, so every pivot is negative.
void solve(const Tridiagonal& matrix, double shift, std::span<double> v) {
  const std::size_t count = v.size();
  std::vector<double> pivot(count);
  const double least = std::numeric_limits<double>::epsilon() * std::abs(shift);
  pivot[0] = std::min(matrix.diagonal[0] - shift, -least);
  for (std::size_t i = 1; i < count; ++i) {
    const double factor = matrix.side[i - 1] / pivot[i - 1];
    pivot[i] = std::min(matrix.diagonal[i] - shift - factor * matrix.side[i - 1], -least);
    v[i] -= factor * v[i - 1];
  }
  v[count - 1] /= pivot[count - 1];
  for (std::size_t i = count - 1; i-- > 0;) v[i] = (v[i] - matrix.side[i] * v[i + 1]) / pivot[i];
}

void divide_by_largest(std::span<double> v) {
  double largest = 0;
  for (const double value : v) {
    if (std::abs(value) > std::abs(largest)) largest = value;
  }
  for (double& value : v) value /= largest;
}

}  // namespace

void dolph_chebyshev(std::span<double> out, double attenuation_db) {
  const std::size_t count = out.size();
  const auto m = static_cast<double>(count);
  const double beta = std::cosh(std::acosh(std::pow(10, attenuation_db / 20)) / (m - 1));
  AlignedVector<std::complex<double>> spectrum(count / 2 + 1);
  AlignedVector<double> window(count);
  const std::size_t bins = spectrum.size();
  std::vector<double> angles(bins), ones(bins, 1.0), cosines(bins), sines(bins);
  for (std::size_t k = 0; k < bins; ++k) angles[k] = kPi * static_cast<double>(k) / m;
  from_polar(std::span<const double>(ones), std::span<const double>(angles), 1, std::span(cosines),
             std::span(sines));
  std::vector<double> sizes(bins);
  std::transform(cosines.begin(), cosines.end(), sizes.begin(),
                 [beta](double c) { return beta * c; });
  chebyshev(m - 1, sizes);
  for (std::size_t k = 0; k < bins; ++k) {
    // exp(-i angle (m - 1)) moves the middle of the window to (count - 1) / 2; exp(-i angle m) is a sign.
    const double size = k % 2 == 0 ? sizes[k] : -sizes[k];
    spectrum[k] = {size * cosines[k], size * sines[k]};
  }
  auto fft = RealInverseFft<double>::plan(count, {PlanEffort::kEstimate, 1});
  ACQ_CHECK(fft.has_value());
  fft->run(spectrum.data(), window.data());
  for (std::size_t n = 0; n < (count + 1) / 2; ++n) out[n] = out[count - 1 - n] = window[n];
  divide_by_largest(out);
}

void slepian(std::span<double> out, double half_bandwidth) {
  const std::size_t count = out.size();
  const auto m = static_cast<double>(count);
  const double cosine = std::cos(2 * kPi * half_bandwidth / m);
  Tridiagonal matrix{std::vector<double>(count), std::vector<double>(count - 1)};
  for (std::size_t i = 0; i < count; ++i) {
    const auto n = static_cast<double>(i);
    const double from_middle = (m - 1 - 2 * n) / 2;
    matrix.diagonal[i] = from_middle * from_middle * cosine;
    if (i > 0) matrix.side[i - 1] = n * (m - n) / 2;
  }
  const double eigenvalue = largest_eigenvalue(matrix);
  std::fill(out.begin(), out.end(), 1.0);
  for (int i = 0; i < 4; ++i) {
    solve(matrix, eigenvalue, out);
    divide_by_largest(out);
  }
  for (std::size_t n = 0; n < count / 2; ++n) {
    out[n] = out[count - 1 - n] = (out[n] + out[count - 1 - n]) / 2;
  }
  if (count % 2 == 0) {
    for (double& value : out) value *= m * m / (m * m + half_bandwidth);
  }
}

}  // namespace acq
