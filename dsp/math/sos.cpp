#include "dsp/math/sos.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dsp/base/result.h"
#include "dsp/math/sos_kernel.h"

namespace acq {
namespace {

constexpr std::size_t kPiece = 1024;  // samples filtered at a time: they stay in the nearest cache

}  // namespace

SosFilter::SosFilter(std::span<const Section> sections, std::size_t channels, SosStart start)
    : start_(start),
      sections_(sections.size()),
      channels_(channels),
      padded_((sections.size() + kSosPadding - 1) / kSosPadding * kSosPadding),
      coefficients_(5 * padded_, 0.0),
      state_(channels * kSosDelays * padded_, 0.0),
      samples_(kSosAtOnce * kPiece, 0.0) {
  ACQ_CHECK(channels <= 64);  // bits of begun_
  std::fill_n(coefficients_.begin(), padded_, 1.0);
  for (std::size_t s = 0; s < sections.size(); ++s) {
    coefficients_[s] = sections[s].b0;
    coefficients_[padded_ + s] = sections[s].b1;
    coefficients_[2 * padded_ + s] = sections[s].b2;
    coefficients_[3 * padded_ + s] = sections[s].a1;
    coefficients_[4 * padded_ + s] = sections[s].a2;
  }
}

void SosFilter::run(const float* const* in, float* const* out, std::size_t count) noexcept {
  for (std::size_t first = 0; first < channels_; first += kSosAtOnce) {
    const std::size_t channels = std::min(kSosAtOnce, channels_ - first);
    for (std::size_t at = 0; at < count; at += kPiece) {
      const std::size_t length = std::min(kPiece, count - at);
      bool are_finite = true;
      for (std::size_t c = 0; c < channels; ++c) {
        are_finite &= widen(in[first + c] + at, length, samples_.data() + c * kPiece);
      }
      if (is_plain(first, channels, are_finite)) {
        sos_run(coefficients_.data(), sections_, padded_, state(first), samples_.data(), kPiece,
                channels, length);
      } else {
        for (std::size_t c = 0; c < channels; ++c) {
          run_parts(first + c, samples_.data() + c * kPiece, length);
        }
      }
      for (std::size_t c = 0; c < channels; ++c) {
        narrow(samples_.data() + c * kPiece, length, out[first + c] + at);
      }
    }
  }
}

bool SosFilter::is_plain(std::size_t first, std::size_t channels, bool are_finite) const noexcept {
  const std::uint64_t wanted = ((std::uint64_t{1} << channels) - 1) << first;
  return are_finite && (begun_ & wanted) == wanted;
}

// Filters the finite stretches between samples that are not.
void SosFilter::run_parts(std::size_t channel, double* samples, std::size_t count) noexcept {
  const auto is_broken = [](double x) { return !std::isfinite(x); };
  const std::uint64_t bit = std::uint64_t{1} << channel;
  double* const end = samples + count;
  while (samples != end) {
    double* const stop = std::find_if(samples, end, is_broken);
    if (stop != samples) {
      if ((begun_ & bit) == 0 && start_ == SosStart::kSettled) {
        add_settled(*samples, 1, state(channel));
      }
      begun_ |= bit;
      sos_run(coefficients_.data(), sections_, padded_, state(channel), samples, kPiece, 1,
              static_cast<std::size_t>(stop - samples));
    }
    samples = stop;
    if (samples == end) return;
    *samples++ = std::numeric_limits<double>::quiet_NaN();
    std::fill_n(state(channel), kSosDelays * padded_, 0.0);
    begun_ &= ~bit;
  }
}

void SosFilter::reset() noexcept {
  std::fill(state_.begin(), state_.end(), 0.0);
  begun_ = 0;
}

void SosFilter::adopt(const SosFilter& before, std::span<const float> values) noexcept {
  ACQ_CHECK(channels_ == before.channels_ && values.size() == channels_);
  reset();
  const bool is_alike = sections_ == before.sections_;
  if (is_alike) std::copy(before.state_.begin(), before.state_.end(), state_.begin());
  begun_ = before.begun_;
  for (std::size_t c = 0; c < channels_; ++c) {
    if (!std::isfinite(values[c]) || (begun_ >> c & 1) == 0) continue;
    const auto value = static_cast<double>(values[c]);
    if (is_alike) before.add_settled(value, -1, state(c));
    add_settled(value, 1, state(c));
  }
}

// Adds `factor` times the state that `value` as a constant input leads to.
void SosFilter::add_settled(double value, double factor, double* state) const noexcept {
  const double* c = coefficients_.data();
  for (std::size_t s = 0; s < sections_; ++s) {
    const double b0 = c[s], b1 = c[padded_ + s], b2 = c[2 * padded_ + s];
    const double a1 = c[3 * padded_ + s], a2 = c[4 * padded_ + s];
    const double y = value * (b0 + b1 + b2) / (1 + a1 + a2);
    for (const std::size_t delay : {0U, 1U}) state[delay * padded_ + s] += factor * value;
    for (const std::size_t delay : {2U, 3U}) state[delay * padded_ + s] += factor * y;
    value = y;
  }
}

}  // namespace acq
