#include "dsp/math/smoothing.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "dsp/math/fir_kernel.h"
#include "dsp/math/record_kernels.h"

namespace acq {

std::vector<double> gaussian_taps(double sigma, double truncate) {
  const auto radius = static_cast<std::ptrdiff_t>(truncate * sigma + 0.5);
  std::vector<double> taps;
  for (std::ptrdiff_t k = -radius; k <= radius; ++k) {
    const auto x = static_cast<double>(k);
    taps.push_back(std::exp(-x * x / (2 * sigma * sigma)));
  }
  const double sum = std::accumulate(taps.begin(), taps.end(), 0.0);
  for (double& tap : taps) tap /= sum;
  return taps;
}

void correlate_about(std::span<const double> x, std::span<const double> taps, Border border,
                     std::span<double> y) noexcept {
  const auto n = static_cast<std::ptrdiff_t>(x.size());
  const auto count = static_cast<std::ptrdiff_t>(taps.size());
  const std::ptrdiff_t half = count / 2;
  const std::ptrdiff_t inner = std::max<std::ptrdiff_t>(n - count + 1, 0);
  if (inner > 0) fir_inner(x, taps, y.data() + half);
  for (std::ptrdiff_t i = 0; i < n; ++i) {
    if (inner > 0 && i == half) i += inner;
    if (i == n) break;
    double sum = 0;
    for (std::ptrdiff_t j = 0; j < count; ++j) {
      sum += taps[static_cast<std::size_t>(j)] * border_value(x, border, i - half + j);
    }
    y[static_cast<std::size_t>(i)] = sum;
  }
}

Result<SavitzkyGolay> SavitzkyGolay::make(std::size_t length, std::size_t degree,
                                          std::size_t derivative, double step) {
  if (length % 2 == 0 || length > 10001) {
    return fail(Code::kInvalid, fmt::format("length is {}", length), "length",
                "an odd number from 1 to 10001");
  }
  if (degree >= length || degree > 20) {
    return fail(Code::kInvalid, fmt::format("degree is {} for a length of {}", degree, length),
                "degree", fmt::format("0 to {}", std::min<std::size_t>(20, length - 1)));
  }
  if (derivative > degree) {
    return fail(Code::kInvalid, fmt::format("derivative is {} of degree {}", derivative, degree),
                "derivative", fmt::format("0 to {}", degree));
  }
  // Polynomials orthogonal over the window, P[k + 1] = t P[k] - b[k] P[k - 1], t from -1 to 1.
  const auto half = static_cast<double>(length / 2);
  const double unit = std::max(half, 1.0);
  std::vector<double> t(length);
  for (std::size_t i = 0; i < length; ++i) t[i] = (static_cast<double>(i) - half) / unit;
  std::vector<std::vector<double>> p{std::vector<double>(length, 1.0)};
  std::vector<double> norm{static_cast<double>(length)}, b{0};
  for (std::size_t k = 1; k <= degree; ++k) {
    std::vector<double> next(length);
    for (std::size_t i = 0; i < length; ++i) {
      next[i] = t[i] * p[k - 1][i] - (k > 1 ? b[k - 1] * p[k - 2][i] : 0);
    }
    norm.push_back(std::inner_product(next.begin(), next.end(), next.begin(), 0.0));
    b.push_back(norm[k] / norm[k - 1]);
    p.push_back(std::move(next));
  }
  SavitzkyGolay filter;
  filter.length_ = length;
  filter.rows_.assign(length * length, 0.0);
  const double scale = std::pow(unit * step, -static_cast<double>(derivative));
  for (std::size_t s = 0; s < length; ++s) {
    // d[m][k]: the m-th derivative of P[k] at t[s].
    std::vector<std::vector<double>> d(derivative + 1, std::vector<double>(degree + 1, 0.0));
    d[0][0] = 1;
    for (std::size_t k = 1; k <= degree; ++k) {
      for (std::size_t m = 0; m <= derivative; ++m) {
        d[m][k] = t[s] * d[m][k - 1] + (m > 0 ? static_cast<double>(m) * d[m - 1][k - 1] : 0) -
                  (k > 1 ? b[k - 1] * d[m][k - 2] : 0);
      }
    }
    double* row = filter.rows_.data() + s * length;
    for (std::size_t k = 0; k <= degree; ++k) {
      const double weight = d[derivative][k] / norm[k] * scale;
      for (std::size_t i = 0; i < length; ++i) row[i] += weight * p[k][i];
    }
  }
  return filter;
}

void SavitzkyGolay::run(std::span<const double> x, std::span<double> y) const noexcept {
  const std::size_t n = x.size(), half = length_ / 2;
  fir_inner(x, taps(), y.data() + half);
  const auto end = [&](std::size_t i, std::size_t place, std::span<const double> values) {
    const std::span<const double> weights = row(place);
    y[i] = std::inner_product(weights.begin(), weights.end(), values.begin(), 0.0);
  };
  for (std::size_t i = 0; i < half; ++i) {
    end(i, i, x.first(length_));
    end(n - 1 - i, length_ - 1 - i, x.last(length_));
  }
}

void wiener(std::span<const double> x, std::size_t length, double noise, std::span<double> scratch,
            std::span<double> y) noexcept {
  const std::size_t n = x.size();
  const std::span<double> mean = scratch.first(n), variance = scratch.subspan(n, n);
  const auto half = static_cast<std::ptrdiff_t>(length / 2);
  const auto values = static_cast<double>(length);
  const auto last = static_cast<std::ptrdiff_t>(n) - half;
  if (half < last) local_moments(x, length, mean.data() + half, variance.data() + half);
  for (std::ptrdiff_t at = 0; at < static_cast<std::ptrdiff_t>(n); ++at) {
    if (at == half && half < last) at = last;
    if (at == static_cast<std::ptrdiff_t>(n)) break;
    const auto moments = [&](const auto& value) {
      double sum = 0, squares = 0;
      for (std::ptrdiff_t k = -half; k <= half; ++k) sum += value(k);
      const double middle = sum / values;
      for (std::ptrdiff_t k = -half; k <= half; ++k) {
        squares += (value(k) - middle) * (value(k) - middle);
      }
      mean[static_cast<std::size_t>(at)] = middle;
      variance[static_cast<std::size_t>(at)] = squares / values;
    };
    moments([&](std::ptrdiff_t k) { return border_value(x, Border::kConstant, at + k); });
  }
  if (noise < 0 && n > 0) {
    noise = std::accumulate(variance.begin(), variance.end(), 0.0) / static_cast<double>(n);
  }
  for (std::size_t i = 0; i < n; ++i) {
    const bool is_quiet = variance[i] <= noise;
    y[i] = is_quiet ? mean[i] : mean[i] + (x[i] - mean[i]) * (1 - noise / variance[i]);
  }
}

Result<Brickwall> Brickwall::make(Band band, std::span<const double> edges, std::size_t count,
                                  bool pads, const PlanOptions& options) {
  const std::size_t wanted = band == Band::kPass || band == Band::kStop ? 2 : 1;
  const bool are_inside =
      std::all_of(edges.begin(), edges.end(), [](double edge) { return edge > 0 && edge < 0.5; });
  if (edges.size() != wanted || !are_inside || (wanted == 2 && !(edges[0] < edges[1]))) {
    return fail(Code::kInvalid, "a brickwall filter cannot have this cutoff", "cutoff",
                wanted == 1 ? "one frequency above 0 and below half the sample rate"
                            : "two rising frequencies above 0 and below half the sample rate");
  }
  if (count < 1 || count > kMaxFftSize / 2) {
    return fail(Code::kInvalid, fmt::format("{} values are too few or too many", count), "length",
                fmt::format("1 to {}", kMaxFftSize / 2));
  }
  const std::size_t size = pads ? std::bit_ceil(count) : count;
  auto pair = FftPair::plan(size, options);
  if (!pair) return tl::unexpected(pair.error());
  Brickwall filter;
  filter.pair_ = std::move(*pair);
  filter.bins_.resize(filter.pair_.bins());
  for (std::size_t k = 0; k <= size / 2; ++k) {
    const double f = static_cast<double>(k) / static_cast<double>(size);
    bool passes = false;
    switch (band) {
      case Band::kLow: passes = f <= edges[0]; break;
      case Band::kHigh: passes = f >= edges[0]; break;
      case Band::kPass: passes = f >= edges[0] && f <= edges[1]; break;
      case Band::kStop: passes = f <= edges[0] || f >= edges[1]; break;
    }
    filter.mask_.push_back(passes ? 1 / static_cast<double>(size) : 0);
  }
  return filter;
}

void Brickwall::run(std::span<const double> x, std::span<double> y) noexcept {
  pair_.forward(x, bins_);
  for (std::size_t k = 0; k < bins_.size(); ++k) bins_[k] *= mask_[k];
  std::copy_n(pair_.inverse(bins_).begin(), y.size(), y.begin());
}

}  // namespace acq
