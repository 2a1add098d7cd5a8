#include "dsp/calculus_block.h"

namespace acq {

Result<SignalInfo> CalculusBlock::configure(const SignalInfo& in, const Params& params) {
  const auto fits =
      need_kind(in, name_, {Kind::kWaveform, Kind::kIq, Kind::kRecord, Kind::kSpectrum});
  if (!fits) return tl::unexpected(fits.error());
  resets_ = params.text("on_gap") == "reset";
  is_running_ = is_continuous(in.kind);
  SignalInfo out = in;
  std::string axis_unit = "s";
  step_ = 1 / in.rate_hz.value();
  if (is_running_) {
    if (delay_ > 0) add_delay(out, delay_);
  } else {
    const auto step = axis_step(in, name_);
    if (!step) return tl::unexpected(step.error());
    step_ = *step;
    axis_unit = in.axis.unit;
  }
  set_up(in, in.max_count);
  out.results = {};
  for (Channel& channel : out.channels) {
    channel.unit = unit_(channel.unit, axis_unit);
    channel.quantity.clear();
    channel.range_min = channel.range_max = 0;
  }
  return out;
}

Yield CalculusBlock::process(const Chunk& in, Chunk& out) noexcept {
  if (!is_running_) return RecordBlock::process(in, out);
  if (!continuity_.follows(in) && resets_) forget();
  for (std::size_t c = 0; c < in.channels; ++c) run(c, in.planes[c], in.count, plane(c));
  pass(in.count);
  lend(out);
  out.triggers = {};  // their levels were those of the signal
  return Yield::kLast;
}

void CalculusBlock::adopt(Block& before) noexcept {
  const auto& other = static_cast<CalculusBlock&>(before);
  if (!is_running_ || !other.is_running_) return;
  continuity_ = other.continuity_;
  take(other);
}

}  // namespace acq
