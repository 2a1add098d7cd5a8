#include "dsp/math/iir_prototype.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace acq {
namespace {

using Complex = std::complex<double>;
constexpr double kPi = std::numbers::pi;

// Angle of pole k of `order` on a circle, from the imaginary axis: above 0, falling to 0 for the real
// one.
double angle_of(std::size_t k, std::size_t order) noexcept {
  return kPi * static_cast<double>(order - 1 - 2 * k) / static_cast<double>(2 * order);
}

// 10^(db / 10) - 1, also for small db.
double power_less_one(double db) noexcept {
  return std::expm1(db * std::numbers::ln10 / 10);
}

IirPrototype butterworth(std::size_t order) {
  IirPrototype p;
  for (std::size_t k = 0; k < (order + 1) / 2; ++k) {
    const bool is_real = 2 * k + 1 == order;
    const double angle =
        kPi / 2 + kPi * static_cast<double>(2 * k + 1) / static_cast<double>(2 * order);
    p.poles.push_back(is_real ? Complex(-1, 0) : std::polar(1.0, angle));
  }
  return p;
}

IirPrototype chebyshev1(std::size_t order, double ripple_db) {
  IirPrototype p;
  const double epsilon = std::sqrt(power_less_one(ripple_db));
  const double mu = std::asinh(1 / epsilon) / static_cast<double>(order);
  for (std::size_t k = 0; k < (order + 1) / 2; ++k) {
    const double angle = angle_of(k, order);
    p.poles.emplace_back(-std::sinh(mu) * std::cos(angle), std::cosh(mu) * std::sin(angle));
  }
  if (order % 2 == 0) p.gain = 1 / std::sqrt(1 + epsilon * epsilon);
  return p;
}

IirPrototype chebyshev2(std::size_t order, double attenuation_db) {
  IirPrototype p;
  const double epsilon = 1 / std::sqrt(power_less_one(attenuation_db));
  const double mu = std::asinh(1 / epsilon) / static_cast<double>(order);
  for (std::size_t k = 0; k < (order + 1) / 2; ++k) {
    const double angle = angle_of(k, order);
    p.poles.push_back(1.0 /
                      Complex(-std::sinh(mu) * std::cos(angle), -std::cosh(mu) * std::sin(angle)));
    if (2 * k + 1 < order) p.zeros.push_back(1 / std::sin(angle));
  }
  return p;
}

// Jacobi's functions of u quarter periods by descending Landen transformations of the modulus.
class Jacobi {
 public:
  explicit Jacobi(double modulus) {
    for (double k = modulus; moduli_.size() < 20;) {
      moduli_.push_back(k);
      if (k < 1e-17) break;
      const double rest = std::sqrt((1 - k) * (1 + k));
      k = k / (1 + rest) * (k / (1 + rest));
    }
  }
  [[nodiscard]] Complex cd(Complex u) const { return ascend(std::cos(u * (kPi / 2))); }
  [[nodiscard]] Complex sn(Complex u) const { return ascend(std::sin(u * (kPi / 2))); }
  // The u with sn(u) = w.
  [[nodiscard]] Complex inverse_sn(Complex w) const {
    for (std::size_t i = 1; i < moduli_.size(); ++i) {
      const Complex kw = moduli_[i - 1] * w;
      w = 2.0 * w / ((1 + moduli_[i]) * (1.0 + std::sqrt(1.0 - kw * kw)));
    }
    return std::asin(w) * (2 / kPi);
  }

 private:
  [[nodiscard]] Complex ascend(Complex w) const {
    for (std::size_t i = moduli_.size(); i-- > 1;) {
      w = (1 + moduli_[i]) * w / (1.0 + moduli_[i] * w * w);
    }
    return w;
  }
  std::vector<double> moduli_;
};

double mean_agm(double a, double b) noexcept {
  for (int i = 0; i < 40 && std::abs(a - b) > 1e-16 * a; ++i) {
    const double next = (a + b) / 2;
    b = std::sqrt(a * b);
    a = next;
  }
  return a;
}

// The modulus whose quarter periods have a ratio `order` times smaller than those of `k1`.
double solve_degree(std::size_t order, double k1) {
  const double ratio = mean_agm(1, std::sqrt((1 - k1) * (1 + k1))) / mean_agm(1, k1);  // K'/K
  const double q = std::exp(-kPi * ratio / static_cast<double>(order));
  double above = 1, below = 1;
  for (int m = 1; m < 12; ++m) {
    above += std::pow(q, m * (m + 1));
    below += 2 * std::pow(q, m * m);
  }
  return 4 * std::sqrt(q) * (above / below) * (above / below);
}

IirPrototype elliptic(std::size_t order, double ripple_db, double attenuation_db) {
  IirPrototype p;
  const double epsilon = std::sqrt(power_less_one(ripple_db));
  const double k1 = epsilon / std::sqrt(power_less_one(attenuation_db));
  const double k = solve_degree(order, k1);
  const Jacobi at_edge(k1), at_order(k);
  const auto n = static_cast<double>(order);
  const double v0 = at_edge.inverse_sn(Complex(0, 1 / epsilon)).imag() / n;
  for (std::size_t i = 0; i < order / 2; ++i) {
    const double u = static_cast<double>(2 * i + 1) / n;
    p.zeros.push_back(1 / (k * at_order.cd(u).real()));
    p.poles.push_back(Complex(0, 1) * at_order.cd(Complex(u, -v0)));
  }
  if (order % 2 == 1) {
    p.poles.emplace_back((Complex(0, 1) * at_order.sn(Complex(0, v0))).real(), 0);
  } else {
    p.gain = 1 / std::sqrt(1 + epsilon * epsilon);
  }
  return p;
}

using Long = std::complex<long double>;

// The reverse Bessel polynomial of `order` at x, and its derivative.
void bessel_polynomial(std::size_t order, Long x, Long& value, Long& slope) {
  Long before = 1, here = x + 1.0L;
  for (std::size_t n = 2; n <= order; ++n) {
    const Long next = static_cast<long double>(2 * n - 1) * here + x * x * before;
    before = here;
    here = next;
  }
  value = here;
  slope = here - x * before;
}

// Its roots, all at once by the method of Ehrlich and Aberth.
std::vector<Long> bessel_roots(std::size_t order) {
  std::vector<Long> roots(order);
  const auto n = static_cast<long double>(order);
  for (std::size_t k = 0; k < order; ++k) {
    const long double angle =
        std::numbers::pi_v<long double> * (0.5L + (static_cast<long double>(k) + 0.5L) / n);
    roots[k] = std::polar(n, angle) + Long(0, 1e-3L);
  }
  for (int round = 0; round < 200; ++round) {
    long double moved = 0;
    for (std::size_t k = 0; k < order; ++k) {
      Long value, slope, pull = 0;
      bessel_polynomial(order, roots[k], value, slope);
      for (std::size_t j = 0; j < order; ++j) {
        if (j != k) pull += 1.0L / (roots[k] - roots[j]);
      }
      const Long newton = value / slope;
      const Long step = newton / (1.0L - newton * pull);
      roots[k] -= step;
      moved = std::max(moved, std::abs(step) / std::abs(roots[k]));
    }
    if (moved < 1e-18L) break;
  }
  return roots;
}

double bessel_scale(const std::vector<Long>& roots, BesselNorm norm) {
  const std::size_t order = roots.size();
  if (norm == BesselNorm::kDelay) return 1;
  long double log_last = 0;  // of the constant term, (2n)! / (2^n n!)
  for (std::size_t k = 1; k <= order; ++k)
    log_last += std::log(static_cast<long double>(2 * k - 1));
  if (norm == BesselNorm::kPhase) {
    return static_cast<double>(std::exp(-log_last / static_cast<long double>(order)));
  }
  long double low = 0.1L, high = 4.0L * static_cast<long double>(order);
  for (int i = 0; i < 100; ++i) {  // the gain falls all the way
    const long double w = (low + high) / 2;
    long double log_gain = 0;
    for (const Long& root : roots)
      log_gain += std::log(std::abs(root) / std::abs(Long(0, w) - root));
    (log_gain > -std::log(2.0L) / 2 ? low : high) = w;
  }
  return static_cast<double>(1 / low);
}

IirPrototype bessel(std::size_t order, BesselNorm norm) {
  IirPrototype p;
  const std::vector<Long> roots = bessel_roots(order);
  const double scale = bessel_scale(roots, norm);
  const Long* real = nullptr;
  for (const Long& root : roots) {
    if (real == nullptr || std::abs(root.imag()) < std::abs(real->imag())) real = &root;
  }
  for (const Long& root : roots) {
    const bool is_real = order % 2 == 1 && &root == real;
    if (!is_real && root.imag() > 0) p.poles.push_back(Complex(root) * scale);
  }
  if (order % 2 == 1) p.poles.emplace_back(static_cast<double>(real->real()) * scale, 0);
  return p;
}

}  // namespace

IirPrototype iir_prototype(IirFamily family, std::size_t order, double ripple_db,
                           double attenuation_db, BesselNorm norm) {
  switch (family) {
    case IirFamily::kButterworth: return butterworth(order);
    case IirFamily::kBessel: return bessel(order, norm);
    case IirFamily::kChebyshev1: return chebyshev1(order, ripple_db);
    case IirFamily::kChebyshev2: return chebyshev2(order, attenuation_db);
    case IirFamily::kElliptic: return elliptic(order, ripple_db, attenuation_db);
  }
  return {};
}

}  // namespace acq
