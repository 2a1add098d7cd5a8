#include "dsp/measuring.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dsp/base/frame.h"

namespace acq {

Result<SignalInfo> MeasuringBlock::set_up(const SignalInfo& in, std::vector<ResultSpec> specs) {
  if (in.channels.size() * specs.size() > kMaxResults) {
    return fail(
        Code::kInvalid,
        fmt::format("{} results of {} channels are too many", specs.size(), in.channels.size()),
        "channels", fmt::format("at most {} channels", kMaxResults / specs.size()));
  }
  if (in.axis.rule != AxisRule::kLinear) {
    return fail(Code::kInvalid, "the x axis of the input is not evenly spaced", "input",
                "an even x axis");
  }
  axis_ = in.axis;
  each_ = specs.size();
  values_.resize(in.max_count);
  results_.resize(in.channels.size() * each_);

  SignalInfo out = in;
  out.kind = Kind::kScalars;
  out.max_count = 0;
  out.results = std::move(specs);
  return out;
}

Yield MeasuringBlock::process(const Chunk& in, Chunk& out) noexcept {
  const double start = in.axis_start.value_or(axis_.start);
  begin(in, start);
  for (std::size_t c = 0; c < in.channels; ++c) {
    std::copy_n(in.planes[c], in.count, values_.begin());
    const std::span<ScalarResult> results{results_.data() + c * each_, each_};
    const bool is_finite = std::all_of(values_.begin(), values_.begin() + in.count,
                                       [](double v) { return std::isfinite(v); });
    if (is_finite) {
      measure({{values_.data(), in.count}, start, axis_.step}, results);
    } else {
      not_measured(results, "a value is not finite");
    }
  }
  out.count = 0;
  out.triggers = {};
  out.results = results_;
  return Yield::kLast;
}

}  // namespace acq
