#include "dsp/math/allan.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "dsp/base/result.h"
#include "dsp/math/record_kernels.h"

namespace acq {
namespace {

double root(double squares, double terms, double divisor) noexcept {
  return terms > 0 ? std::sqrt(squares / (terms * divisor)) : kUnknown;
}

// x continued beyond both ends by its reflection about them.
double reflected(std::span<const double> x, std::ptrdiff_t i) noexcept {
  const auto last = static_cast<std::ptrdiff_t>(x.size()) - 1;
  if (i < 0) return 2 * x.front() - x[static_cast<std::size_t>(-i)];
  if (i > last) return 2 * x.back() - x[static_cast<std::size_t>(2 * last - i)];
  return x[static_cast<std::size_t>(i)];
}

}  // namespace

double allan_deviation(std::span<const double> x, double tau0, std::size_t m) noexcept {
  double squares = 0, terms = 0;
  for (std::size_t i = 0; i + 2 * m < x.size(); i += m) {
    const double d = x[i + 2 * m] - 2 * x[i + m] + x[i];
    squares += d * d;
    terms += 1;
  }
  const double tau = static_cast<double>(m) * tau0;
  return root(squares, terms, 2 * tau * tau);
}

double overlapping_allan_deviation(std::span<const double> x, double tau0, std::size_t m) noexcept {
  if (x.size() <= 2 * m) return kUnknown;
  const double tau = static_cast<double>(m) * tau0;
  return root(second_differences_squared(x, m), static_cast<double>(x.size() - 2 * m),
              2 * tau * tau);
}

double modified_allan_deviation(std::span<const double> x, double tau0, std::size_t m) noexcept {
  if (x.size() < 3 * m) return kUnknown;
  double sum = 0;
  for (std::size_t i = 0; i < m; ++i) sum += x[i + 2 * m] - 2 * x[i + m] + x[i];
  double squares = sum * sum, terms = 1;
  for (std::size_t i = 0; i + 3 * m < x.size(); ++i) {
    sum += x[i + 3 * m] - 3 * x[i + 2 * m] + 3 * x[i + m] - x[i];
    squares += sum * sum;
    terms += 1;
  }
  const double tau = static_cast<double>(m) * tau0;
  return root(squares, terms, 2 * tau * tau * static_cast<double>(m) * static_cast<double>(m));
}

double hadamard_deviation(std::span<const double> x, double tau0, std::size_t m) noexcept {
  if (x.size() <= 3 * m) return kUnknown;
  const double tau = static_cast<double>(m) * tau0;
  return root(third_differences_squared(x, m), static_cast<double>(x.size() - 3 * m),
              6 * tau * tau);
}

double time_deviation(std::span<const double> x, double tau0, std::size_t m) noexcept {
  return modified_allan_deviation(x, tau0, m) * static_cast<double>(m) * tau0 / std::sqrt(3.0);
}

double total_deviation(std::span<const double> x, double tau0, std::size_t m) noexcept {
  if (x.size() < 3 || m >= x.size()) return kUnknown;
  double squares = 0;
  const auto step = static_cast<std::ptrdiff_t>(m);
  for (std::ptrdiff_t i = 1; i + 1 < static_cast<std::ptrdiff_t>(x.size()); ++i) {
    const double d =
        reflected(x, i - step) - 2 * x[static_cast<std::size_t>(i)] + reflected(x, i + step);
    squares += d * d;
  }
  const double tau = static_cast<double>(m) * tau0;
  return root(squares, static_cast<double>(x.size() - 2), 2 * tau * tau);
}

// The largest and the smallest value of a moving window, by two queues of falling and rising values.
// Extremes over 2, 4, 8 ... values from each one on, each of two over half as many; two of the longest that
// fit overlap to make the window. Piece by piece, so that all passes find it in the cache.
double max_time_interval_error(std::span<const double> x, std::size_t m,
                               std::span<double> work) noexcept {
  if (m == 0 || x.size() < m + 1) return kUnknown;
  ACQ_CHECK(work.size() >= 2 * x.size());
  const std::size_t window = m + 1, windows = x.size() - m;
  const std::size_t piece = std::max<std::size_t>(2048, m);
  double largest = 0;
  for (std::size_t start = 0; start < windows; start += piece) {
    const std::size_t count = std::min(piece, windows - start);
    double *const high = work.data(), *const low = high + count + m;
    std::copy_n(x.data() + start, count + m, high);
    std::copy_n(x.data() + start, count + m, low);
    std::size_t reach = 1;
    for (std::size_t left = count + m; 2 * reach <= window; reach *= 2) {
      left -= reach;
      keep_larger(high, reach, left);
      keep_smaller(low, reach, left);
    }
    keep_larger(high, window - reach, count);
    keep_smaller(low, window - reach, count);
    for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, high[i] - low[i]);
  }
  return largest;
}

void phase_of(std::span<const double> y, double tau0, bool keeps_mean,
              std::span<double> x) noexcept {
  ACQ_CHECK(x.size() == y.size() + 1);
  const double mean = keeps_mean || y.empty() ? 0
                                              : std::accumulate(y.begin(), y.end(), 0.0) /
                                                    static_cast<double>(y.size());
  x[0] = 0;
  for (std::size_t i = 0; i < y.size(); ++i) x[i + 1] = x[i] + tau0 * (y[i] - mean);
}

double overlapping_edf(ClockNoise noise, std::size_t phases, std::size_t m_in) noexcept {
  const auto n = static_cast<double>(phases);
  const auto m = static_cast<double>(m_in);
  if (n < 2 * m + 1 || n < 4) return kUnknown;
  switch (noise) {
    case ClockNoise::kWhitePm: return (n + 1) * (n - 2 * m) / (2 * (n - m));
    case ClockNoise::kFlickerPm:
      return std::exp(std::sqrt(std::log((n - 1) / (2 * m)) * std::log((2 * m + 1) * (n - 1) / 4)));
    case ClockNoise::kWhiteFm:
      return (3 * (n - 1) / (2 * m) - 2 * (n - 2) / n) * 4 * m * m / (4 * m * m + 5);
    case ClockNoise::kFlickerFm:
      return m_in == 1 ? 2 * (n - 2) * (n - 2) / (2.3 * n - 4.9)
                       : 5 * n * n / (4 * m * (n + 3 * m));
    case ClockNoise::kRandomWalkFm:
      return (n - 2) / m * ((n - 1) * (n - 1) - 3 * m * (n - 1) + 4 * m * m) / ((n - 3) * (n - 3));
  }
  return kUnknown;
}

RunningAllan::RunningAllan(Stability what, double tau0, std::size_t octaves)
    : what_(what), tau0_(tau0), sums_(octaves), ring_((std::size_t{3} << (octaves - 1)) + 1) {}

void RunningAllan::break_here() noexcept {
  since_break_ = 0;
  has_reference_ = false;
  for (Sum& sum : sums_) sum.running = 0;
}

void RunningAllan::add_frequency(std::span<const float> y) noexcept {
  for (const float value : y) {
    if (!std::isfinite(value)) {
      break_here();
      continue;
    }
    if (!has_reference_) {
      // The phase begins with the first interval.
      reference_ = value;
      has_reference_ = true;
      add(0);
    }
    add(back(0) + tau0_ * (static_cast<double>(value) - reference_));
    // No difference sees a constant: taken off now and then, it leaves the phases their digits.
    if (at_ == 0) {
      const double newest = ring_[0];
      for (double& phase : ring_) phase -= newest;
    }
  }
}

void RunningAllan::add_phase(std::span<const float> x) noexcept {
  for (const float value : x) {
    if (!std::isfinite(value)) {
      break_here();
      continue;
    }
    if (!has_reference_) reference_ = value;
    has_reference_ = true;
    add(static_cast<double>(value) - reference_);
  }
}

void RunningAllan::add(double x) noexcept {
  at_ = at_ + 1 == ring_.size() ? 0 : at_ + 1;
  ring_[at_] = x;
  ++phases_;
  const std::uint64_t have = ++since_break_;
  for (std::size_t k = 0; k < sums_.size(); ++k) {
    const std::size_t m = std::size_t{1} << k;
    if (have < 2 * m + 1) return;
    Sum& sum = sums_[k];
    double term = x - 2 * back(m) + back(2 * m);
    // The second difference less the one m before: what the sum over m of them changes by, too.
    if (what_ != Stability::kOverlapping && have > 3 * m) {
      term = x - 3 * back(m) + 3 * back(2 * m) - back(3 * m);
    }
    if (what_ == Stability::kHadamard && have <= 3 * m) continue;
    if (what_ == Stability::kModified || what_ == Stability::kTime) {
      sum.running += term;
      if (have < 3 * m) continue;
      term = sum.running;
    }
    sum.squares += term * term;
    ++sum.terms;
  }
}

double RunningAllan::deviation(std::size_t octave) const noexcept {
  const auto m = static_cast<double>(std::size_t{1} << octave);
  const Sum& sum = sums_[octave];
  const auto terms = static_cast<double>(sum.terms);
  const double tau = m * tau0_;
  switch (what_) {
    case Stability::kOverlapping: return root(sum.squares, terms, 2 * tau * tau);
    case Stability::kHadamard: return root(sum.squares, terms, 6 * tau * tau);
    case Stability::kModified: return root(sum.squares, terms, 2 * tau * tau * m * m);
    case Stability::kTime: return root(sum.squares, terms, 6 * m * m);
  }
  return kUnknown;
}

}  // namespace acq
