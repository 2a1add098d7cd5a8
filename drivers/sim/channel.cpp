#include "drivers/sim/channel.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <numeric>

namespace acq::sim {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::size_t kRotation = 1024;          // samples between two exact starts
constexpr std::size_t kShortestRepeated = 8192;  // so that copies are long

std::uint64_t to_turn(double cycles) noexcept {
  const double fraction = cycles - std::floor(cycles);
  return static_cast<std::uint64_t>(std::ldexp(fraction, 63)) << 1;
}

}  // namespace

Phase::Phase(Rational rate_hz, double frequency_hz, double start_cycles)
    : start_(to_turn(start_cycles)) {
  const Rational frequency = rational_from(frequency_hz);
  const Wide turns = Wide{frequency.num} * rate_hz.den;
  const Wide samples = Wide{frequency.den} * rate_hz.num;
  Wide divisor = turns, rest = samples;
  while (rest != 0) {
    const Wide next = divisor % rest;
    divisor = rest, rest = next;
  }
  const bool is_exact = std::abs(frequency.value() - frequency_hz) <= 1e-13 * frequency_hz;
  if (is_exact && samples / divisor <= kLongestPeriod) {
    period_ = static_cast<std::uint32_t>(samples / divisor);
    turns_ = static_cast<std::uint32_t>(turns / divisor % period_);
  }
  step_ = to_turn(frequency_hz / rate_hz.value());
}

std::uint64_t Phase::turn(std::uint64_t sample) const noexcept {
  if (period_ == 0) return start_ + step_ * sample;
  const std::uint64_t place = sample % period_ * turns_ % period_;
  return start_ + static_cast<std::uint64_t>((Wide{place} << 64) / period_);
}

double Phase::cycle(std::uint64_t sample) const noexcept {
  return static_cast<double>(turn(sample) >> 11) * 0x1p-53;
}

ChannelSignal::ChannelSignal(const Waveform& wave, Rational rate_hz, double delay_s,
                             double noise_rms, std::uint64_t stream,
                             std::shared_ptr<const NoiseTable> normal,
                             std::shared_ptr<const NoiseTable> own)
    : wave_(wave),
      phase_(rate_hz, wave.frequency_hz, wave.phase_cycles + wave.frequency_hz * delay_s),
      noise_rms_(static_cast<float>(noise_rms)),
      stream_(2 * stream),
      normal_(std::move(normal)),
      own_(std::move(own)) {
  if (wave.shape == Shape::kNormal)
    noise_rms_ = static_cast<float>(std::hypot(noise_rms, wave.amplitude));
  const bool is_flat = is_noise(wave.shape) || wave.shape == Shape::kZero || is_counter();
  if (!is_flat && phase_.period() > 0) {
    const std::size_t period = phase_.period();
    repeated_.resize((kShortestRepeated + period - 1) / period * period);
    for (std::size_t i = 0; i < repeated_.size(); ++i)
      repeated_[i] =
          i < period ? static_cast<float>(value_at(wave, phase_.cycle(i))) : repeated_[i - period];
  } else if (wave.shape == Shape::kSine || wave.shape == Shape::kCosine) {
    for (std::size_t i = 0; i < kRotation; ++i) {
      const double angle =
          2 * std::numbers::pi * wave.frequency_hz / rate_hz.value() * static_cast<double>(i);
      cosines_.push_back(static_cast<float>(std::cos(angle)));
      sines_.push_back(static_cast<float>(std::sin(angle)));
    }
  }
}

void ChannelSignal::render(std::uint64_t first, std::span<float> out) const noexcept {
  const auto count = static_cast<std::uint32_t>(out.size());
  render_wave(first, out);
  if (own_) own_->add(stream_ + 1, first, static_cast<float>(wave_.amplitude), out.data(), count);
  if (noise_rms_ > 0) normal_->add(stream_, first, noise_rms_, out.data(), count);
}

void ChannelSignal::render_wave(std::uint64_t first, std::span<float> out) const noexcept {
  if (!repeated_.empty()) {
    std::size_t place = first % repeated_.size();
    for (std::size_t done = 0; done < out.size();) {
      const std::size_t run = std::min(out.size() - done, repeated_.size() - place);
      std::memcpy(out.data() + done, repeated_.data() + place, run * sizeof(float));
      done += run;
      place = 0;
    }
  } else if (!sines_.empty()) {
    render_rotated(first, out);
  } else if (is_noise(wave_.shape) || wave_.shape == Shape::kZero) {
    std::fill(out.begin(), out.end(), static_cast<float>(wave_.offset));
  } else {
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = static_cast<float>(value_at(wave_, phase_.cycle(first + i)));
  }
}

// sin(a + i d) = sin a cos(i d) + cos a sin(i d), from starts at multiples of kRotation so that a
// sample does not depend on the cut.
void ChannelSignal::render_rotated(std::uint64_t first, std::span<float> out) const noexcept {
  const float offset = static_cast<float>(wave_.offset);
  for (std::size_t done = 0; done < out.size();) {
    const std::size_t inside = (first + done) % kRotation;
    const std::size_t run = std::min(out.size() - done, kRotation - inside);
    const double start = 2 * std::numbers::pi * phase_.cycle(first + done - inside);
    const double angle = wave_.shape == Shape::kCosine ? start + std::numbers::pi / 2 : start;
    const auto sine = static_cast<float>(wave_.amplitude * std::sin(angle));
    const auto cosine = static_cast<float>(wave_.amplitude * std::cos(angle));
    const float* c = cosines_.data() + inside;
    const float* s = sines_.data() + inside;
    float* to = out.data() + done;
    for (std::size_t i = 0; i < run; ++i) to[i] = sine * c[i] + cosine * s[i] + offset;
    done += run;
  }
}

}  // namespace acq::sim
