// The first step of every pipeline: packets in device format to float32 planes, with the gap
// before.
#pragma once

#include <memory>
#include <vector>

#include "dsp/base/planes.h"
#include "dsp/block.h"

namespace acq {

// One consumer's view of one stream. Conversion (value = raw * scale + offset) happens only when
// asked for; a single float32 channel without scale is passed through where it lies. Threads:
// configured on the control thread, used on the data thread, real-time safe.
class Intake {
 public:
  Intake(const StreamInfo& info, std::size_t packet_bytes);

  [[nodiscard]] const SignalInfo& signal() const noexcept { return signal_; }

  // The chunk of a packet. `lost` is what this consumer lost on top of the device's own gap.
  // Without `converts`, the planes are not filled: for consumers of the packet itself.
  void take(const Packet& packet, const Gap& lost, bool converts, Chunk& out) noexcept;

  // Whether packets with this description fit the signal: scale, offset, range and label may
  // differ, the rest not.
  [[nodiscard]] bool suits(const StreamInfo& info) const noexcept;

 private:
  void convert(const Packet& packet, Chunk& out) noexcept;

  SignalInfo signal_;
  Dtype dtype_;
  Layout layout_;
  bool is_plain_ = false;  // planes may point into the packet
  Planes planes_;
  std::vector<float> scale_;
  std::vector<float> offset_;
  std::shared_ptr<const StreamInfo>
      scales_of_;  // the description scale_ and offset_ were read from
};

// What a stream looks like behind its intake.
SignalInfo signal_of(const StreamInfo& info, std::size_t packet_bytes);

}  // namespace acq
