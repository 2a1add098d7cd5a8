// A FIR filter over a waveform that waits for whole blocks: what the fir block is with many taps.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "dsp/base/planes.h"
#include "dsp/block.h"
#include "dsp/framing.h"
#include "dsp/math/overlap_save.h"

namespace acq {

// The outputs are those of the direct form, but come a block at a time, and what waits at a gap comes
// before it. Blocks begin at the start of a stretch and follow each other, so the outputs do not depend on
// how the waveform is cut.
//
// Threads: make() on the control thread, the rest on the data thread, real-time safe.
class BlockFilter {
 public:
  BlockFilter() = default;
  // `resets`: behind a gap the samples before count as 0, else as if none were missing.
  static Result<BlockFilter> make(std::span<const double> taps, std::size_t channels,
                                  Rational rate_hz, bool resets);

  [[nodiscard]] std::size_t block() const noexcept { return transform_.block(); }
  // As Block::process().
  Yield process(const Chunk& in, Chunk& out) noexcept;
  // Goes on from another one with as many taps; of another number, what waits in it is lost, which the
  // next output tells.
  void adopt(BlockFilter& before) noexcept;
  // What is lost when nobody goes on from this one: the samples that wait.
  [[nodiscard]] Gap waiting() const noexcept {
    if (filled_ == 0) return {};
    return {filled_, kGapReconfigure, true};
  }

 private:
  struct Waiting {
    TriggerMark mark;
    std::uint64_t index = 0;  // of the chunk its position counts from
  };

  void open(const Chunk& in) noexcept;
  void put_out(const Chunk& in, Chunk& out) noexcept;

  OverlapSave transform_;
  Rational rate_hz_{1, 1};
  bool resets_ = true;
  Planes input_;  // of each channel: samples seen before, then those of this block
  Planes out_;
  std::size_t filled_ = 0;   // new samples in it
  std::uint64_t start_ = 0;  // index of the first of them
  ChunkFacts facts_;         // of the chunk it came with
  Marks marks_;
  Gap gaps_;  // before it
  std::array<Waiting, kMaxTriggers> waiting_;
  std::size_t waiting_count_ = 0;
  std::array<TriggerMark, kMaxTriggers> triggers_;

  Continuity continuity_;
  bool in_chunk_ = false;
  bool breaks_ = false;  // this chunk does not go on where the block in hand ends
  std::size_t at_ = 0;   // place in the chunk
};

}  // namespace acq
