#include "dsp/join.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "dsp/base/units.h"

namespace acq {
namespace {

// By filters, in samples of the signal.
double delay_of(const SignalInfo& signal) noexcept {
  return signal.group_delay.value() / signal.index_ratio.value();
}

constexpr std::size_t kChunksHeld = 16;  // how far one input may run ahead, in its largest chunks

}  // namespace

Result<std::unique_ptr<Joiner>> Joiner::build(const std::vector<SignalInfo>& inputs, JoinBy by) {
  std::unique_ptr<Joiner> joiner(new Joiner(inputs.size(), by));
  SignalInfo& out = joiner->out_;
  out = inputs.front();
  std::size_t largest = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const SignalInfo& in = inputs[i];
    const std::string where = "from[" + std::to_string(i) + "]";
    if (in.kind != Kind::kWaveform && in.kind != Kind::kLogic) {
      return fail(Code::kInvalid, "only waveforms can be joined", where, "a waveform");
    }
    if (in.rate_hz != out.rate_hz) {
      return fail(Code::kInvalid,
                  "joined streams must have the same rate, not " +
                      format_quantity(in.rate_hz.value(), "Hz"),
                  where,
                  format_quantity(out.rate_hz.value(), "Hz") +
                      "; a pipeline with resample brings a stream to it");
    }
    if (i > 0) out.channels.insert(out.channels.end(), in.channels.begin(), in.channels.end());
    out.max_count = std::max(out.max_count, in.max_count);
    largest = std::max(largest, in.max_count);
    out.flags |= in.flags;
  }
  out.kind = Kind::kWaveform;
  out.is_logic = false;
  if (out.channels.size() > kMaxChannels) {
    return fail(Code::kInvalid,
                "the joined streams have " + std::to_string(out.channels.size()) + " channels",
                "from", "at most " + std::to_string(kMaxChannels));
  }
  double latest = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    joiner->inputs_[i].later = delay_of(inputs[i]) - delay_of(inputs[0]);
    latest = std::max(latest, std::abs(joiner->inputs_[i].later));
  }
  joiner->memory_count_ = kChunksHeld * largest + static_cast<std::size_t>(std::llround(latest));
  joiner->unknown_slack_ = static_cast<double>(largest);
  std::size_t channel = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    Input& input = joiner->inputs_[i];
    input.first_channel = channel;
    input.channels = inputs[i].channels.size();
    input.max_count = inputs[i].max_count;
    input.memory = Planes(input.channels, joiner->memory_count_);
    channel += input.channels;
  }
  joiner->joined_ = Planes(channel, out.max_count);
  return joiner;
}

void Joiner::Input::drop_front(std::uint64_t samples) noexcept {
  while (samples > 0 && run_count > 0) {
    Run& front = run(0);
    const std::uint64_t n = std::min(samples, front.count);
    front.first_index += n;
    front.count -= n;
    front.place += n;
    dropped.reasons |= front.gap_before.reasons;
    dropped.is_exact = dropped.is_exact && front.gap_before.is_exact;
    front.gap_before = {};
    samples -= n;
    if (front.count == 0) {
      first_run = (first_run + 1) % kMaxRuns;
      --run_count;
      placed -= std::min<std::size_t>(placed, 1);
    }
  }
}

void Joiner::Input::remove_run(std::size_t i) noexcept {
  for (; i + 1 < run_count; ++i) run(i) = run(i + 1);
  --run_count;
}

bool Joiner::has_room(std::size_t number) const noexcept {
  const Input& input = inputs_[number];
  if (by_ == JoinBy::kIndex) return true;
  // Pieces end where the runs of input 0 do, so none of those may be added to another.
  return (number > 0 || input.run_count < kMaxRuns) &&
         input.held() + input.max_count <= memory_count_;
}

void Joiner::push(std::size_t number, const Chunk& chunk) noexcept {
  Input& input = inputs_[number];
  if (by_ == JoinBy::kTime && number > 0) return store(input, chunk, chunk.first_index, 0);
  const auto place = static_cast<std::int64_t>(chunk.first_index) - std::llround(input.later);
  // What came before the first sample of input 0 has no partner.
  const auto skipped = static_cast<std::uint64_t>(std::max<std::int64_t>(0, -place));
  if (skipped >= chunk.count) return;
  store(input, chunk, static_cast<std::uint64_t>(std::max<std::int64_t>(0, place)), skipped);
}

void Joiner::store(Input& input, const Chunk& chunk, std::uint64_t first_index,
                   std::uint64_t skipped) noexcept {
  const std::uint64_t n = chunk.count - skipped;
  while (input.held() > 0 && input.held() + n > memory_count_) {
    input.drop_front(std::min(input.held() + n - memory_count_, input.run(0).count));
    input.dropped.reasons |= kGapLate;
  }
  Run* last = input.run_count > 0 ? &input.run(input.run_count - 1) : nullptr;
  const bool continues =
      input.own_end <= first_index && input.own_epoch == chunk.epoch && chunk.gap_before.is_exact;
  const bool adjoins = last != nullptr && input.own_end == first_index &&
                       last->facts.epoch == chunk.epoch && !chunk.gap_before.breaks();
  if (adjoins && input.run_count == kMaxRuns) {
    Marks marks;
    marks.add(last->facts);
    marks.add(chunk);
    last->facts.flags = marks.flags;
    last->facts.overrange_low = marks.overrange_low;
    last->facts.overrange_high = marks.overrange_high;
  } else {
    if (input.run_count == kMaxRuns) {
      input.drop_front(input.run(0).count);
      input.dropped.reasons |= kGapLate;
    }
    last = &input.run(input.run_count++);
    last->first_index = last->start_index = first_index;
    last->count = 0;
    last->place = input.write_place;
    last->adjoins = adjoins;
    last->continues = continues;
    last->gap_before = chunk.gap_before;
    last->facts = chunk;
  }
  for (std::size_t c = 0; c < input.channels; ++c) {
    const float* const from = chunk.planes[c] + skipped;
    const std::size_t at = input.write_place % memory_count_;
    const std::size_t before_wrap = std::min<std::size_t>(n, memory_count_ - at);
    std::memcpy(input.memory[c] + at, from, before_wrap * sizeof(float));
    std::memcpy(input.memory[c], from + before_wrap, (n - before_wrap) * sizeof(float));
  }
  last->count += n;
  input.write_place += n;
  input.own_end = first_index + n;
  input.own_epoch = chunk.epoch;
}

std::optional<std::uint64_t> Joiner::Input::unbroken_to(std::uint64_t most) noexcept {
  std::uint64_t end = run(0).end();
  for (std::size_t i = 1; end < most; ++i) {
    const bool is_break = i < run_count && !run(i).adjoins;
    const bool is_next = i == placed;  // of those to be placed
    if (is_break || (is_next && carried.breaks())) return end;
    if (is_next) return std::nullopt;
    end = run(i).end();
  }
  return most;
}

Marks Joiner::Input::marks_up_to(std::uint64_t end) noexcept {
  Marks marks;
  for (std::size_t i = 0; i < placed && run(i).first_index < end; ++i) marks.add(run(i).facts);
  return marks;
}

// Finds the first index that every input has. False: one has nothing yet.
bool Joiner::align(std::uint64_t& start) noexcept {
  start = 0;
  for (bool is_settled = false; !is_settled;) {
    is_settled = true;
    for (Input& input : inputs_) {
      if (input.placed == 0) return false;
      start = std::max(start, input.run(0).first_index);
    }
    for (Input& input : inputs_) {
      Run& front = input.run(0);
      if (front.first_index >= start) continue;
      input.drop_front(std::min(front.count, start - front.first_index));
      is_settled = false;
    }
  }
  return true;
}

bool Joiner::next(Chunk& out) noexcept {
  place_all();
  std::uint64_t start = 0;
  if (!align(start)) return false;
  std::uint64_t end = std::min(inputs_.front().run(0).end(), start + out_.max_count);
  std::uint64_t cut = end;
  for (Input& input : inputs_) {
    const std::optional<std::uint64_t> unbroken = input.unbroken_to(end);
    if (!unbroken) return false;
    cut = std::min(cut, *unbroken);
  }
  end = cut;
  describe(start, end, out);
  const std::uint64_t count = end - start;
  out.count = static_cast<std::uint32_t>(count);
  for (Input& input : inputs_) {
    const std::size_t at = input.run(0).place % memory_count_;
    const std::size_t before_wrap = std::min<std::size_t>(count, memory_count_ - at);
    for (std::size_t c = 0; c < input.channels; ++c) {
      float* plane = joined_[input.first_channel + c];
      std::memcpy(plane, input.memory[c] + at, before_wrap * sizeof(float));
      std::memcpy(plane + before_wrap, input.memory[c], (count - before_wrap) * sizeof(float));
      out.planes[input.first_channel + c] = plane;
    }
    input.run(0).gap_before = {};
    input.drop_front(count);
  }
  next_index_ = start + count;
  has_index_ = true;
  return true;
}

void Joiner::describe(std::uint64_t start, std::uint64_t end, Chunk& out) noexcept {
  const Run& lead = inputs_.front().run(0);
  static_cast<ChunkFacts&>(out) = lead.facts;
  out.packet = nullptr;
  out.triggers = {};
  out.results = {};
  out.gap_before = {};
  out.flags = 0;
  out.overrange_low = out.overrange_high = 0;
  out.first_index = start;
  out.channels = static_cast<std::uint32_t>(out_.channels.size());
  out.stamp =
      shifted(lead.facts.stamp, static_cast<std::int64_t>(start - lead.start_index), out_.rate_hz);
  for (Input& input : inputs_) {
    const Run& front = input.run(0);
    out.gap_before.reasons |= front.gap_before.reasons | input.dropped.reasons;
    out.gap_before.is_exact =
        out.gap_before.is_exact && front.gap_before.is_exact && input.dropped.is_exact;
    const Marks marks = input.marks_up_to(end);
    out.flags |= marks.flags;
    out.overrange_low |= marks.overrange_low << input.first_channel;
    out.overrange_high |= marks.overrange_high << input.first_channel;
    input.dropped = {};
  }
  if (has_index_) {
    out.gap_before.samples = start - next_index_;
  } else {
    out.gap_before = {};
  }
}

}  // namespace acq
