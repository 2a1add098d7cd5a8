#include "dsp/records.h"

#include <fmt/format.h>

#include <algorithm>

namespace acq {

void RecordBlock::set_up(const SignalInfo& in, std::size_t count) {
  x_.resize(in.max_count);
  y_.resize(count);
  out_ = Planes(in.channels.size(), count);
}

Yield RecordBlock::process(const Chunk& in, Chunk& out) noexcept {
  for (std::size_t c = 0; c < in.channels; ++c) {
    std::copy_n(in.planes[c], in.count, x_.begin());
    compute({x_.data(), in.count}, y_);
    round_to(y_, out_[c]);
  }
  out_.lend(out.planes);
  if (y_.size() != x_.size()) out.triggers = {};
  out.count = static_cast<std::uint32_t>(y_.size());
  out.results = {};
  return Yield::kLast;
}

Result<double> axis_step(const SignalInfo& in, std::string_view block) {
  if (in.axis.rule != AxisRule::kLinear || !(in.axis.step > 0)) {
    return fail(Code::kInvalid, fmt::format("{} needs an x axis with equal steps", block), {},
                "a linear axis");
  }
  return in.axis.step;
}

void round_to(std::span<const double> in, float* out) noexcept {
  std::transform(in.begin(), in.end(), out, [](double v) { return static_cast<float>(v); });
}

}  // namespace acq
