#include "drivers/sim/source.h"

#include <algorithm>
#include <cmath>

namespace acq::sim {
namespace {
constexpr std::uint32_t kChunk = 1024;  // samples on the stack, small enough for the first cache
}

Source::Source(const Settings& settings, const std::shared_ptr<const NoiseTable>& normal)
    : adc_(settings.dtype, settings.bits, settings.range),
      dtype_(settings.dtype),
      layout_(settings.layout) {
  for (std::size_t i = 0; i < settings.channels.size(); ++i) {
    Waveform wave = settings.channels[i].wave;
    wave.offset += settings.offset;
    channels_.emplace_back(wave, settings.rate_hz, settings.skew_s * static_cast<double>(i),
                           std::hypot(settings.channels[i].noise_rms, settings.noise_rms), i,
                           normal, own_noise(wave, settings.seed));
  }
}

// Of uniform and poisson signals; null for the others.
std::shared_ptr<const NoiseTable> Source::own_noise(const Waveform& wave, std::uint64_t seed) {
  if (wave.shape != Shape::kUniform && wave.shape != Shape::kPoisson) return nullptr;
  for (const OwnNoise& noise : own_noises_) {
    if (noise.shape == wave.shape && noise.mean_count == wave.mean_count) return noise.table;
  }
  const bool is_uniform = wave.shape == Shape::kUniform;
  auto table = is_uniform ? std::make_shared<const NoiseTable>(NoiseKind::kUniform, seed + 1)
                          : std::make_shared<const NoiseTable>(NoiseKind::kPoisson, seed + 2,
                                                               wave.mean_count);
  own_noises_.push_back({wave.shape, wave.mean_count, table});
  return table;
}

Source::Clipped Source::write(std::uint64_t first, std::uint32_t count,
                              std::byte* out) const noexcept {
  const bool is_planar = layout_ == Layout::kPlanar;
  const std::size_t stride = is_planar ? 1 : channels_.size();
  const std::size_t next = size_of(dtype_) * (is_planar ? count : 1);
  Clipped clipped;
  for (std::size_t i = 0; i < channels_.size(); ++i, out += next) {
    const Adc::Clipped one = write_channel(channels_[i], first, count, out, stride);
    clipped.low |= std::uint64_t{one.low} << i;
    clipped.high |= std::uint64_t{one.high} << i;
  }
  return clipped;
}

Adc::Clipped Source::write_channel(const ChannelSignal& channel, std::uint64_t first,
                                   std::uint32_t count, std::byte* out,
                                   std::size_t stride) const noexcept {
  if (channel.is_counter()) {
    adc_.count(first, count, out, stride);
    return {};
  }
  if (dtype_ == Dtype::kF32 && stride == 1) {
    channel.render(first, {reinterpret_cast<float*>(out), count});
    return {};
  }
  Adc::Clipped clipped;
  std::array<float, kChunk> values;
  for (std::uint32_t done = 0; done < count;) {
    const std::uint32_t run = std::min(kChunk, count - done);
    channel.render(first + done, {values.data(), run});
    const Adc::Clipped one =
        adc_.convert({values.data(), run}, out + done * stride * size_of(dtype_), stride);
    clipped.low |= one.low;
    clipped.high |= one.high;
    done += run;
  }
  return clipped;
}

}  // namespace acq::sim
