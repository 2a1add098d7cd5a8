#include "dsp/pipeline.h"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace acq {
namespace {

bool same_channel(const Channel& a, const Channel& b) noexcept {
  const auto key = [](const Channel& c) {
    return std::tie(c.id, c.label, c.quantity, c.unit, c.scale, c.offset, c.range_min, c.range_max,
                    c.significant_bits);
  };
  return key(a) == key(b);
}

Error at_step(Error error, std::size_t step) {
  const std::string prefix = "blocks[" + std::to_string(step) + "]";
  error.where = error.where.empty() ? prefix : prefix + "." + error.where;
  return error;
}

}  // namespace

bool same_signal(const SignalInfo& a, const SignalInfo& b) noexcept {
  const auto key = [](const SignalInfo& s) {
    return std::tie(s.kind, s.rate_hz, s.max_count, s.axis.name, s.axis.unit, s.axis.rule,
                    s.axis.start, s.axis.step, s.axis.values, s.group_delay, s.flags, s.is_logic,
                    s.index_ratio);
  };
  return key(a) == key(b) &&
         std::equal(a.channels.begin(), a.channels.end(), b.channels.begin(), b.channels.end(),
                    same_channel) &&
         std::equal(a.results.begin(), a.results.end(), b.results.begin(), b.results.end(),
                    [](const ResultSpec& x, const ResultSpec& y) {
                      return x.name == y.name && x.unit == y.unit;
                    });
}

SignalInfo seen_by(const BlockEntry& entry, SignalInfo signal) {
  if (entry.takes_logic) return signal;
  if (signal.kind == Kind::kLogic) signal.kind = Kind::kWaveform;
  signal.is_logic = false;
  return signal;
}

Pipeline::Pipeline(std::vector<SignalInfo> inputs, std::vector<Step> steps)
    : inputs_(std::move(inputs)),
      steps_(std::move(steps)),
      times_(std::make_unique<StepTimes[]>(steps_.size())) {}

Result<std::unique_ptr<Pipeline>> Pipeline::build(std::vector<SignalInfo> inputs,
                                                  std::vector<Step> steps, JoinBy by) {
  ACQ_CHECK(!inputs.empty());
  std::unique_ptr<Pipeline> pipeline(new Pipeline(std::move(inputs), std::move(steps)));
  if (pipeline->inputs_.size() == 1) {
    pipeline->signals_.push_back(pipeline->inputs_.front());
  } else {
    auto joiner = Joiner::build(pipeline->inputs_, by);
    if (!joiner) return tl::unexpected<Error>(joiner.error());
    pipeline->joiner_ = std::move(*joiner);
    pipeline->signals_.push_back(pipeline->joiner_->output());
  }
  for (std::size_t i = 0; i < pipeline->steps_.size(); ++i) {
    const Step& step = pipeline->steps_[i];
    std::unique_ptr<Block> block = step.entry->make();
    auto out = block->configure(seen_by(*step.entry, pipeline->signals_.back()), step.params);
    if (!out) return tl::unexpected<Error>(at_step(out.error(), i));
    if (out->channels.size() > kMaxChannels) {
      return tl::unexpected<Error>(at_step({Code::kInvalid,
                                            std::string(step.entry->name) + " would put out " +
                                                std::to_string(out->channels.size()) + " channels",
                                            {},
                                            "at most " + std::to_string(kMaxChannels)},
                                           i));
    }
    pipeline->blocks_.push_back(std::move(block));
    pipeline->signals_.push_back(std::move(*out));
  }
  if (!pipeline->steps_.empty() && pipeline->steps_.front().entry->in_place &&
      pipeline->joiner_ == nullptr) {
    const SignalInfo& in = pipeline->signals_.front();
    pipeline->scratch_ = Planes(in.channels.size(), in.max_count);
  }
  pipeline->fusion_ = Fusion(pipeline->blocks_, pipeline->signals_);
  return pipeline;
}

std::size_t Pipeline::find_tap(std::string_view tap) const noexcept {
  if (tap.empty()) return steps_.size();
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (steps_[i].tap == tap) return i + 1;
  }
  return npos;
}

void Pipeline::adopt(Pipeline& before) noexcept {
  // Blocks are matched in order, so an inserted or removed one does not disturb those around it.
  std::size_t next = 0;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    for (std::size_t k = next; k < before.steps_.size(); ++k) {
      const bool is_same = steps_[i].entry == before.steps_[k].entry &&
                           steps_[i].tap == before.steps_[k].tap &&
                           same_signal(signals_[i], before.signals_[k]);
      if (!is_same) continue;
      blocks_[i]->adopt(*before.blocks_[k]);
      next = k + 1;
      break;
    }
  }
  const bool same_inputs = std::equal(inputs_.begin(), inputs_.end(), before.inputs_.begin(),
                                      before.inputs_.end(), same_signal);
  if (joiner_ && before.joiner_ && same_inputs && joiner_->by() == before.joiner_->by())
    joiner_.swap(before.joiner_);
}

bool Pipeline::is_wanted() const noexcept {
  if (outlet_ != nullptr && outlet_->is_wanted()) return true;
  return std::any_of(taps_.begin(), taps_.end(),
                     [](const Tap& tap) { return tap.pipeline->is_wanted(); });
}

bool Pipeline::has_room(std::size_t input) const noexcept {
  if (joiner_ != nullptr && !joiner_->has_room(input)) return false;
  return std::all_of(taps_.begin(), taps_.end(), [](const Tap& tap) {
    return !tap.pipeline->is_wanted() || tap.pipeline->has_room(tap.input);
  });
}

void Pipeline::push(std::size_t input, const Chunk& chunk) noexcept {
  if (joiner_ == nullptr) {
    Chunk copy;
    advance(0, own_copy(chunk, copy), cycles());
    return;
  }
  joiner_->push(input, chunk);
  Chunk joined;
  while (joiner_->next(joined)) advance(0, joined, cycles());
}

const Chunk& Pipeline::own_copy(const Chunk& chunk, Chunk& copy) noexcept {
  if (scratch_.channels() == 0 || fusion_.end_of(0) > 0) return chunk;
  copy = chunk;
  for (std::uint32_t c = 0; c < chunk.channels; ++c) {
    std::memcpy(scratch_[c], chunk.planes[c], chunk.count * sizeof(float));
    copy.planes[c] = scratch_[c];
  }
  return copy;
}

std::size_t Pipeline::fused_end(std::size_t point) const noexcept {
  std::size_t end = fusion_.end_of(point);
  for (const Tap& tap : taps_) {
    if (tap.point > point && tap.point < end && tap.pipeline->is_wanted()) end = tap.point;
  }
  return end;
}

void Pipeline::process_fused(std::size_t point, std::size_t end, const Chunk& chunk,
                             Chunk& out) noexcept {
  out.packet = nullptr;
  if (point == 0 && scratch_.channels() > 0) scratch_.lend(out.planes);
  fusion_.process(point, end, chunk, out);
}

void Pipeline::count_fused(std::size_t point, std::size_t end, std::uint64_t ticks) noexcept {
  double cost = 0;
  for (std::size_t i = point; i < end; ++i) cost += fusion_.cost(i);
  const double ticks_for_cost = static_cast<double>(ticks) / cost;
  std::uint64_t left = ticks;
  for (std::size_t i = point; i < end; ++i) {
    const auto part = static_cast<std::uint64_t>(fusion_.cost(i) * ticks_for_cost);
    const std::uint64_t own = i + 1 == end ? left : std::min(part, left);
    left -= own;
    times_[i].calls.add(1);
    times_[i].busy.add(own);
    times_[i].worst.raise_to(own);
  }
}

std::uint64_t Pipeline::advance(std::size_t point, const Chunk& chunk, std::uint64_t now) noexcept {
  for (const Tap& tap : taps_) {
    if (tap.point != point || !tap.pipeline->is_wanted()) continue;
    tap.pipeline->push(tap.input, chunk);
    now = cycles();
  }
  if (point == steps_.size()) {
    if (outlet_ == nullptr) return now;
    outlet_->deliver(chunk);
    return cycles();
  }
  if (const std::size_t end = fused_end(point); end > point) {
    Chunk out = chunk;
    process_fused(point, end, chunk, out);
    const std::uint64_t done = cycles();
    count_fused(point, end, done - now);
    return advance(end, out, done);
  }
  Block& block = *blocks_[point];
  StepTimes& times = times_[point];
  for (;;) {
    Chunk out = chunk;
    out.packet = nullptr;
    const Yield yield = block.process(chunk, out);
    const std::uint64_t done = cycles();
    times.calls.add(1);
    times.busy.add(done - now);
    times.worst.raise_to(done - now);
    now = yield == Yield::kNone ? done : advance(point + 1, out, done);
    if (yield != Yield::kMore) return now;
  }
}

}  // namespace acq
