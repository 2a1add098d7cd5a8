#include "dsp/math/welch.h"

#include <algorithm>

#include "dsp/math/spectrum_kernels.h"

namespace acq {
namespace {

// Segments summed in float32 before they are moved to float64: 32 additions keep the rounding error
// of the sum below 2e-6 of it.
constexpr std::size_t kMostWaiting = 32;

}  // namespace

void PowerSum::clear() noexcept {
  std::fill(single_.begin(), single_.end(), 0.0F);
  std::fill(pair_.begin(), pair_.end(), 0.0F);
  std::fill(total_.begin(), total_.end(), 0.0);
  waiting_ = 0;
}

void PowerSum::flush() noexcept {
  const std::size_t size = pair_.size();
  total_[0] += static_cast<double>(single_[0]) + static_cast<double>(pair_[0]);
  for (std::size_t k = 1; k < total_.size(); ++k) {
    total_[k] += static_cast<double>(single_[k]) +
                 0.5 * (static_cast<double>(pair_[k]) + static_cast<double>(pair_[size - k]));
  }
  std::fill(single_.begin(), single_.end(), 0.0F);
  std::fill(pair_.begin(), pair_.end(), 0.0F);
  waiting_ = 0;
}

Result<SegmentTransform> SegmentTransform::make(std::span<const double> window, bool removes_mean,
                                                std::size_t segments, const PlanOptions& options) {
  SegmentTransform made;
  if (segments % 2 == 1) {
    auto plan = RealFft<float>::plan(window.size(), options);
    if (!plan) return tl::unexpected(plan.error());
    made.real_ = std::move(*plan);
  }
  if (segments >= 2) {
    auto plan = ComplexFft<float>::plan(window.size(), FftDirection::kForward, options);
    if (!plan) return tl::unexpected(plan.error());
    made.complex_ = std::move(*plan);
  }
  made.window_.resize(window.size());
  std::transform(window.begin(), window.end(), made.window_.begin(),
                 [](double w) { return static_cast<float>(w); });
  made.removes_mean_ = removes_mean;
  made.in_.resize(window.size());
  made.out_.resize(window.size());
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
  if (++sum.waiting_ >= kMostWaiting) sum.flush();
}

void SegmentTransform::add_pair(const float* a, const float* b, PowerSum& sum) noexcept {
  apply_window_pair(a, mean_of(a), b, mean_of(b), window_.data(), size(), in_.data());
  complex_.run(in_.data(), out_.data());
  add_power(out_.data(), size(), sum.pair_.data());
  sum.waiting_ += 2;
  if (sum.waiting_ >= kMostWaiting) sum.flush();
}

void SegmentTransform::take(PowerSum& sum, double scale, float* power) const noexcept {
  sum.flush();
  const std::size_t last = bins() - 1;
  for (std::size_t k = 0; k <= last; ++k) {
    const bool is_alone = k == 0 || 2 * k == size();
    power[k] = static_cast<float>(sum.total_[k] * scale * (is_alone ? 1 : 2));
  }
  sum.clear();
}

}  // namespace acq
