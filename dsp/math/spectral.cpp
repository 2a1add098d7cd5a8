#include "dsp/math/spectral.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "dsp/math/complex_kernels.h"
#include "dsp/math/complex_parts.h"
#include "dsp/math/record_kernels.h"

namespace acq {
namespace {

constexpr double kPi = std::numbers::pi;

// conj(a) b; operator* looks for infinities that no spectrum of ours is worth.
std::complex<double> conjugate_product(std::complex<double> a, std::complex<double> b) noexcept {
  return {a.real() * b.real() + a.imag() * b.imag(), a.real() * b.imag() - a.imag() * b.real()};
}

Result<void> check_count(std::size_t count, std::size_t most) {
  if (count >= 1 && count <= most) return {};
  return fail(Code::kInvalid, fmt::format("{} values are too few or too many", count), "length",
              fmt::format("1 to {}", most));
}

}  // namespace

Result<AnalyticSignal> AnalyticSignal::make(std::size_t count, const PlanOptions& options) {
  if (const auto good = check_count(count, kMaxFftSize); !good) return tl::unexpected(good.error());
  auto pair = FftPair::plan(count, options);
  if (!pair) return tl::unexpected(pair.error());
  AnalyticSignal made;
  made.pair_ = std::move(*pair);
  made.bins_.resize(made.pair_.bins());
  return made;
}

void AnalyticSignal::run(std::span<const double> x, std::span<std::complex<double>> z) noexcept {
  const std::size_t count = pair_.size();
  pair_.forward(x, bins_);
  // Each frequency a quarter of a turn back; the first and that of half the rate have no other side.
  const double scale = 1 / static_cast<double>(count);
  for (std::complex<double>& bin : bins_) bin = {scale * bin.imag(), -scale * bin.real()};
  bins_.front() = 0;
  if (count % 2 == 0) bins_.back() = 0;
  const std::span<const double> turned = pair_.inverse(bins_);
  for (std::size_t i = 0; i < count; ++i) z[i] = {x[i], turned[i]};
}

void instantaneous_frequency(std::span<const std::complex<double>> z, double rate_hz,
                             std::span<double> y) noexcept {
  phase_steps(z, rate_hz / (2 * kPi), y);
}

Result<Cepstrum> Cepstrum::make(std::size_t count, const PlanOptions& options) {
  if (const auto good = check_count(count, kMaxFftSize); !good) return tl::unexpected(good.error());
  auto pair = FftPair::plan(count, options);
  if (!pair) return tl::unexpected(pair.error());
  Cepstrum made;
  made.pair_ = std::move(*pair);
  made.bins_.resize(made.pair_.bins());
  return made;
}

void Cepstrum::run(std::span<const double> x, std::span<double> y) noexcept {
  constexpr double kLeast = 1e-150;
  pair_.forward(x, bins_);
  log_magnitudes(bins_, kLeast, 1 / static_cast<double>(pair_.size()));
  const std::span<const double> made = pair_.inverse(bins_);
  std::copy(made.begin(), made.end(), y.begin());
}

Result<Correlator> Correlator::make(std::size_t count, const PlanOptions& options) {
  const auto good = check_count(count, kMaxFftSize / 4);
  if (!good) return tl::unexpected(good.error());
  auto pair = FftPair::plan(quick_fft_size(2 * count - 1), options);
  if (!pair) return tl::unexpected(pair.error());
  Correlator made;
  made.pair_ = std::move(*pair);
  made.bins_x_.resize(made.pair_.bins());
  made.bins_y_.resize(made.pair_.bins());
  return made;
}

void Correlator::run(std::span<const double> x, std::span<const double> y,
                     std::span<double> r) noexcept {
  const std::size_t size = pair_.size(), count = x.size();
  pair_.forward(x, bins_x_);
  pair_.forward(y, bins_y_);
  const double scale = 1 / static_cast<double>(size);
  for (std::size_t k = 0; k < bins_x_.size(); ++k) {
    bins_x_[k] = conjugate_product(bins_y_[k], bins_x_[k]) * scale;
  }
  const std::span<const double> made = pair_.inverse(bins_x_);
  const auto at_zero =
      std::copy_n(made.end() - static_cast<std::ptrdiff_t>(count - 1), count - 1, r.begin());
  std::copy_n(made.begin(), count, at_zero);
}

Result<Convolver> Convolver::make(std::size_t count, std::size_t origin,
                                  const PlanOptions& options) {
  const auto good = check_count(count, kMaxFftSize / 4);
  if (!good) return tl::unexpected(good.error());
  auto pair = FftPair::plan(quick_fft_size(2 * count - 1), options);
  if (!pair) return tl::unexpected(pair.error());
  Convolver made;
  made.origin_ = origin;
  made.pair_ = std::move(*pair);
  made.bins_x_.resize(made.pair_.bins());
  made.bins_h_.resize(made.pair_.bins());
  return made;
}

void Convolver::run(std::span<const double> x, std::span<const double> h,
                    std::span<double> y) noexcept {
  pair_.forward(x, bins_x_);
  pair_.forward(h, bins_h_);
  multiply(std::span<std::complex<double>>(bins_x_), bins_h_);
  const std::span<const double> made = pair_.inverse(bins_x_).subspan(origin_, y.size());
  const double scale = 1 / static_cast<double>(pair_.size());
  std::transform(made.begin(), made.end(), y.begin(), [scale](double v) { return v * scale; });
}

void scale_correlation(CorrelationScale scale, std::span<const double> x, std::span<const double> y,
                       std::span<double> r) noexcept {
  const std::size_t count = x.size();
  double factor = 1;
  if (scale == CorrelationScale::kBiased) factor = 1 / static_cast<double>(count);
  if (scale == CorrelationScale::kCoefficient) {
    const double energy = std::inner_product(x.begin(), x.end(), x.begin(), 0.0) *
                          std::inner_product(y.begin(), y.end(), y.begin(), 0.0);
    factor = energy == 0 ? 0 : 1 / std::sqrt(energy);
  }
  for (std::size_t i = 0; i < r.size(); ++i) {
    const std::size_t lag = i < count - 1 ? count - 1 - i : i - (count - 1);
    r[i] *= scale == CorrelationScale::kUnbiased ? 1 / static_cast<double>(count - lag) : factor;
  }
}

std::complex<double> goertzel(std::span<const double> x, double frequency) noexcept {
  const double turn = 2 * kPi * frequency;
  const double twice = 2 * std::cos(turn);
  double newer = 0, older = 0;
  for (const double value : x) {
    const double next = value + twice * newer - older;
    older = newer;
    newer = next;
  }
  // The state is the transform as seen from the last value; turn it back to the first.
  const std::complex<double> at_end = newer - older * std::polar(1.0, -turn);
  return at_end * std::polar(1.0, -turn * (static_cast<double>(x.size()) - 1));
}

Result<CrossSums> CrossSums::make(std::span<const double> window, bool removes_mean,
                                  const PlanOptions& options) {
  if (const auto good = check_count(window.size(), kMaxFftSize); !good) {
    return tl::unexpected(good.error());
  }
  auto forward = RealFft<double>::plan(window.size(), options);
  if (!forward) return tl::unexpected(forward.error());
  CrossSums made;
  made.forward_ = std::move(*forward);
  made.window_.assign(window.begin(), window.end());
  made.removes_mean_ = removes_mean;
  made.values_.resize(window.size());
  const std::size_t bins = made.forward_.bins();
  made.bins_x_.resize(bins);
  made.bins_y_.resize(bins);
  made.xx_.resize(bins);
  made.yy_.resize(bins);
  made.xy_.resize(bins);
  return made;
}

void CrossSums::clear() noexcept {
  std::fill(xx_.begin(), xx_.end(), 0.0);
  std::fill(yy_.begin(), yy_.end(), 0.0);
  std::fill(xy_.begin(), xy_.end(), 0.0);
}

void CrossSums::transform(std::span<const double> x,
                          AlignedVector<std::complex<double>>& bins) noexcept {
  const double mean = removes_mean_ ? sum_of(x) / static_cast<double>(x.size()) : 0;
  for (std::size_t i = 0; i < window_.size(); ++i) values_[i] = (x[i] - mean) * window_[i];
  forward_.run(values_.data(), bins.data());
}

void CrossSums::add(std::span<const double> x, std::span<const double> y) noexcept {
  transform(x, bins_x_);
  transform(y, bins_y_);
  for (std::size_t k = 0; k < xx_.size(); ++k) {
    xx_[k] += std::norm(bins_x_[k]);
    yy_[k] += std::norm(bins_y_[k]);
    xy_[k] += conjugate_product(bins_x_[k], bins_y_[k]);
  }
}

void CrossSums::adopt(CrossSums& before) noexcept {
  if (xx_.size() != before.xx_.size()) return;
  xx_.swap(before.xx_);
  yy_.swap(before.yy_);
  xy_.swap(before.xy_);
}

std::vector<OctaveBand> octave_bands(std::size_t fraction, double lowest_hz, double highest_hz) {
  std::vector<OctaveBand> bands;
  const auto b = static_cast<double>(fraction);
  // Centres are 1 kHz times G^(k / b), or between those when b is even.
  const double shift = fraction % 2 == 0 ? 0.5 : 0;
  const double half = std::pow(10.0, 0.3 / (2 * b));
  constexpr double kSlack = 1e-9;
  const double first = std::log10(lowest_hz * half / 1000) / 0.3 * b - shift;
  for (double k = std::ceil(first - kSlack);; ++k) {
    const double centre = 1000 * std::pow(10.0, 0.3 * (k + shift) / b);
    if (!(centre * half <= highest_hz * (1 + kSlack))) return bands;
    bands.push_back({centre / half, centre, centre * half});
  }
}

double band_power(std::span<const double> density, double step, const OctaveBand& band) noexcept {
  double power = 0;
  const double first = std::max(0.0, std::floor(band.lower_hz / step + 0.5));
  for (auto k = static_cast<std::size_t>(first); k < density.size(); ++k) {
    const double middle = static_cast<double>(k) * step;
    const double low = std::max({middle - step / 2, band.lower_hz, 0.0});
    const double high = std::min(middle + step / 2, band.upper_hz);
    if (low >= band.upper_hz) break;
    if (high > low) power += density[k] * (high - low);
  }
  return power;
}

}  // namespace acq
