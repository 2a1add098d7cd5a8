#include "dsp/math/welch.h"

#include <algorithm>
#include <cmath>

#include "dsp/math/spectral.h"
#include "dsp/math/spectrum_kernels.h"

namespace acq {
namespace {

// Segments summed in float32 before they are moved to float64: 32 additions keep the rounding error
// of the sum below 2e-6 of it.
constexpr std::size_t kMostWaiting = 32;

}  // namespace

void PowerSum::clear() noexcept {
  if (singles_ > 0) std::fill(single_.begin(), single_.end(), 0.0F);
  if (pairs_ > 0) std::fill(pair_.begin(), pair_.end(), 0.0F);
  if (has_total_) std::fill(total_.begin(), total_.end(), 0.0);
  singles_ = pairs_ = 0;
  has_total_ = false;
}

Result<SegmentTransform> SegmentTransform::make(std::span<const double> window, bool removes_mean,
                                                std::size_t segments, const PlanOptions& options) {
  const std::size_t size = window.size();
  SegmentTransform made;
  made.window_.resize(size);
  std::transform(window.begin(), window.end(), made.window_.begin(),
                 [](double w) { return static_cast<float>(w); });
  made.removes_mean_ = removes_mean;
  if (segments % 2 == 1) {
    auto plan = RealFft<float>::plan(size, options);
    if (!plan) return tl::unexpected(plan.error());
    made.real_ = std::move(*plan);
  }
  const bool has_own = PairPower::suits(size);
  if (segments >= 2 && has_own) {
    made.pair_power_ = PairPower(made.window_);
  } else if (segments >= 2) {
    auto plan = ComplexFft<float>::plan(size, FftDirection::kForward, options);
    if (!plan) return tl::unexpected(plan.error());
    made.complex_ = std::move(*plan);
  }
  const auto place_of = [&](std::size_t bin) {
    return static_cast<std::uint32_t>(has_own && segments >= 2 ? made.pair_power_.place_of(bin)
                                                               : bin);
  };
  for (std::size_t k = 0; k <= size / 2; ++k) {
    made.places_.push_back(place_of(k));
    made.places_.push_back(place_of((size - k) % size));
  }
  made.in_.resize(size);
  made.out_.resize(size);
  return made;
}

float SegmentTransform::mean_of(const float* segment) const noexcept {
  return removes_mean_ ? static_cast<float>(sum(segment, size()) / static_cast<double>(size()))
                       : 0.0F;
}

void SegmentTransform::add(const float* segment, PowerSum& sum) noexcept {
  auto* in = reinterpret_cast<float*>(in_.data());
  apply_window(segment, mean_of(segment), window_.data(), size(), in);
  real_.run(in, out_.data());
  add_power(out_.data(), bins(), sum.single_.data());
  if (++sum.singles_ >= kMostWaiting) move_to_total(sum);
}

void SegmentTransform::add_pair(const float* a, const float* b, PowerSum& sum) noexcept {
  if (pair_power_.size() == size()) {
    pair_power_.add(a, mean_of(a), b, mean_of(b), sum.pair_.data());
  } else {
    apply_window_pair(a, mean_of(a), b, mean_of(b), window_.data(), size(), in_.data());
    complex_.run(in_.data(), out_.data());
    add_power(out_.data(), size(), sum.pair_.data());
  }
  if (++sum.pairs_ >= kMostWaiting / 2) move_to_total(sum);
}

void SegmentTransform::move_to_total(PowerSum& sum) const noexcept {
  const auto& places = places_;
  for (std::size_t k = 0; k < bins(); ++k) {
    const double pair = static_cast<double>(sum.pair_[places[2 * k]]) +
                        static_cast<double>(sum.pair_[places[2 * k + 1]]);
    sum.total_[k] += static_cast<double>(sum.single_[k]) + 0.5 * pair;
  }
  std::fill(sum.single_.begin(), sum.single_.end(), 0.0F);
  std::fill(sum.pair_.begin(), sum.pair_.end(), 0.0F);
  sum.singles_ = sum.pairs_ = 0;
  sum.has_total_ = true;
}

void SegmentTransform::take(PowerSum& sum, double scale, float* power) const noexcept {
  const std::size_t last = bins() - 1;
  if (sum.has_total_ || sum.singles_ > 0) {
    move_to_total(sum);
    for (std::size_t k = 0; k <= last; ++k) {
      power[k] = static_cast<float>(sum.total_[k] * (2 * scale));
    }
  } else {
    const auto half = static_cast<float>(scale);
    const float* pair = sum.pair_.data();
    const std::uint32_t* places = places_.data();
    for (std::size_t k = 0; k <= last; ++k) {
      power[k] = half * (pair[places[2 * k]] + pair[places[2 * k + 1]]);
    }
  }
  power[0] *= 0.5F;
  if (2 * last == size()) power[last] *= 0.5F;
  sum.clear();
}

Result<double> welch_relative_sigma(std::span<const double> window, std::size_t hop,
                                    std::size_t segments) {
  auto correlator = Correlator::make(window.size());
  if (!correlator) return tl::unexpected(correlator.error());
  std::vector<double> shared(2 * window.size() - 1);
  correlator->run(window, window, shared);
  const double* const at = shared.data() + window.size() - 1;  // of the lag 0
  double variance = 1;
  for (std::size_t m = 1; m < segments && m * hop < window.size(); ++m) {
    const double part = at[m * hop] / at[0];
    const auto pairs = static_cast<double>(segments - m);
    variance += 2 * pairs / static_cast<double>(segments) * part * part;
  }
  return std::sqrt(variance / static_cast<double>(segments));
}

}  // namespace acq
