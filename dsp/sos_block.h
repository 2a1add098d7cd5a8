// What blocks that filter a waveform in second-order sections share.
#pragma once

#include <array>
#include <vector>

#include "dsp/filtering.h"
#include "dsp/framing.h"
#include "dsp/math/sos.h"

namespace acq {

inline constexpr std::string_view kSosStarts[] = {"zero", "settled"};
inline constexpr ParamSpec kSosStartParam{
    .name = "start",
    .type = ParamType::kChoice,
    .fallback = "zero",
    .text = "what is assumed before the first sample: zero, or the first sample's value",
    .choices = kSosStarts};

// The block around its sections, in place. The derived class designs them in configure() and calls
// set_up().
class SosBlock : public Block {
 public:
  Yield process(const Chunk& in, Chunk& out) noexcept final {
    if (!continuity_.follows(in) && resets_) filter_.reset();
    for (std::size_t c = 0; c < channels_; ++c) last_[c] = in.planes[c][in.count - 1];
    filter_.run(in.planes.data(), out.planes.data(), in.count);
    return Yield::kLast;
  }

  void adopt(Block& before) noexcept final {
    auto& other = static_cast<SosBlock&>(before);
    continuity_ = other.continuity_;
    last_ = other.last_;
    filter_.adopt(other.filter_, {last_.data(), channels_});
  }

 protected:
  // Reads `start` and `on_gap`.
  void set_up(const SignalInfo& in, const Params& params, const std::vector<Section>& sections) {
    resets_ = params.text("on_gap") == "reset";
    channels_ = in.channels.size();
    filter_ = SosFilter(sections, channels_,
                        params.text("start") == "zero" ? SosStart::kZero : SosStart::kSettled);
  }

 private:
  bool resets_ = true;
  std::size_t channels_ = 0;
  Continuity continuity_;
  SosFilter filter_;
  std::array<float, kMaxChannels> last_{};  // sample of each channel
};

}  // namespace acq
