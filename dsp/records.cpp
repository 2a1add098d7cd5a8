#include "dsp/records.h"

#include <fmt/format.h>

#include <algorithm>

#include "dsp/framing.h"

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

Result<void> PairBlock::need_pairs(const SignalInfo& in, std::string_view block) {
  if (const auto fits = need_kind(in, block, {Kind::kRecord}); !fits) return fits;
  if (in.channels.size() % 2 == 0) return {};
  return fail(Code::kInvalid, fmt::format("{} channels make no pairs", in.channels.size()), {},
              "an even number of channels");
}

SignalInfo PairBlock::set_up(const SignalInfo& in, std::size_t count) {
  const std::size_t pairs = in.channels.size() / 2;
  x_.resize(in.max_count);
  y_.resize(in.max_count);
  made_.resize(count);
  out_ = Planes(pairs, count);
  SignalInfo out = in;
  out.max_count = count;
  out.results = {};
  out.channels.resize(pairs);
  for (std::size_t n = 0; n < pairs; ++n) {
    Channel& channel = out.channels[n];
    channel.range_min = channel.range_max = 0;
    if (channel.calibration != in.channels[pairs + n].calibration) channel.calibration = {};
  }
  return out;
}

Yield PairBlock::process(const Chunk& in, Chunk& out) noexcept {
  const std::size_t pairs = out_.channels();
  for (std::size_t n = 0; n < pairs; ++n) {
    std::copy_n(in.planes[n], in.count, x_.begin());
    std::copy_n(in.planes[pairs + n], in.count, y_.begin());
    compute(x_, y_, made_);
    round_to(made_, out_[n]);
  }
  out_.lend(out.planes);
  out.channels = static_cast<std::uint32_t>(pairs);
  out.count = static_cast<std::uint32_t>(made_.size());
  out.triggers = {};
  out.results = {};
  const std::uint64_t mask = (std::uint64_t{1} << pairs) - 1;
  out.overrange_low = (in.overrange_low | in.overrange_low >> pairs) & mask;
  out.overrange_high = (in.overrange_high | in.overrange_high >> pairs) & mask;
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
