#include "dsp/intake.h"

#include <algorithm>

#include "dsp/math/bits.h"
#include "dsp/math/convert.h"

namespace acq {

SignalInfo signal_of(const StreamInfo& info, std::size_t packet_bytes) {
  SignalInfo signal;
  signal.kind = info.kind;
  signal.rate_hz = info.rate_hz;
  signal.channels = info.channels;
  for (Channel& channel : signal.channels) {
    channel.scale = 1;
    channel.offset = 0;
  }
  signal.max_count = packet_bytes / info.scan_bytes();
  signal.axis = {.name = "time", .unit = "s", .start = 0, .step = 1 / info.rate_hz.value()};
  signal.flags = info.flags;
  signal.is_logic = info.kind == Kind::kLogic;
  return signal;
}

Intake::Intake(const StreamInfo& info, std::size_t packet_bytes)
    : signal_(signal_of(info, packet_bytes)),
      dtype_(info.dtype),
      layout_(info.layout),
      planes_(info.channels.size(), signal_.max_count),
      scale_(info.channels.size()),
      offset_(info.channels.size()) {
  const auto is_unscaled = [](const Channel& c) { return c.scale == 1 && c.offset == 0; };
  is_plain_ = dtype_ == Dtype::kF32 && info.channels.size() == 1 &&
              std::all_of(info.channels.begin(), info.channels.end(), is_unscaled);
}

bool Intake::suits(const StreamInfo& info) const noexcept {
  return info.kind == signal_.kind && info.dtype == dtype_ && info.layout == layout_ &&
         info.rate_hz == signal_.rate_hz &&
         std::equal(info.channels.begin(), info.channels.end(), signal_.channels.begin(),
                    signal_.channels.end(), [](const Channel& a, const Channel& b) {
                      return a.unit == b.unit && a.quantity == b.quantity;
                    });
}

void Intake::take(const Packet& packet, const Gap& lost, bool converts, Chunk& out) noexcept {
  out.channels = static_cast<std::uint32_t>(signal_.channels.size());
  out.count = packet.count;
  out.first_index = packet.first_index;
  out.gap_before = packet.gap_before;
  out.gap_before.add(lost);
  out.epoch = packet.epoch;
  out.flags = packet.flags | packet.info->flags;
  out.overrange_low = packet.overrange_low;
  out.overrange_high = packet.overrange_high;
  if ((packet.overrange_low | packet.overrange_high) != 0) out.flags |= kFlagOverrange;
  out.stamp = packet.stamp;
  out.axis_start.reset();
  out.triggers = {};
  out.results = {};
  out.packet = &packet;
  if (converts) {
    convert(packet, out);
  } else {
    std::fill_n(out.planes.begin(), out.channels, nullptr);
  }
}

void Intake::convert(const Packet& packet, Chunk& out) noexcept {
  if (scales_of_ != packet.info) {
    for (std::size_t c = 0; c < scale_.size(); ++c) {
      scale_[c] = static_cast<float>(packet.info->channels[c].scale);
      offset_[c] = static_cast<float>(packet.info->channels[c].offset);
    }
    scales_of_ = packet.info;
  }
  if (is_plain_ && scale_[0] == 1 && offset_[0] == 0) {
    // Nobody writes here: a block in place gets its own copy from the pipeline.
    out.planes[0] = reinterpret_cast<float*>(packet.samples);
    return;
  }
  float* planes[kMaxChannels];
  for (std::uint32_t c = 0; c < out.channels; ++c) out.planes[c] = planes[c] = planes_[c];
  if (layout_ == Layout::kPacked) {
    unpack_bits(packet.samples, dtype_, out.channels, packet.count, planes);
    return;
  }
  to_planes(packet.samples, dtype_, layout_, out.channels, packet.count, scale_.data(),
            offset_.data(), planes);
}

}  // namespace acq
