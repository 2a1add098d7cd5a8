// Blocks that change each sample by its own value alone, and how neighbours of that kind share one
// pass over the samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dsp/block.h"
#include "dsp/math/elementwise.h"

namespace acq {

// A block whose output sample is made of the input sample in the same place of the same channel, and
// of nothing else: as many channels and samples come out as go in, at the same indices, and it keeps
// no state. It says what it does instead of doing it, so that the pipeline can do it together with
// what the blocks beside it say. Such a block is in_place.
class PointwiseBlock : public Block {
 public:
  // What is done to the samples of one channel, in order; fixed once configure() has returned.
  [[nodiscard]] virtual std::span<const PointOp> ops(std::size_t channel) const noexcept = 0;

  // What becomes of everything else: `facts` are those of the input, and then of the output.
  virtual void describe(ChunkFacts& /*facts*/) noexcept {}

  // Reads the planes of `in`, writes those of `out`: the same or others. A block that keeps the rules
  // above with some parameters only overrides both, and is not pointwise() with the others.
  Yield process(const Chunk& in, Chunk& out) noexcept override;
  [[nodiscard]] PointwiseBlock* pointwise() noexcept override { return this; }
};

// The runs of neighbouring pointwise blocks in a pipeline. Any part of a run can be done in one pass,
// with the result of one block after the other, bit for bit.
//
// Threads: made on the control thread, used on the data thread, real-time safe.
class Fusion {
 public:
  Fusion() = default;
  // `signals[i]` flows into blocks[i]. The blocks stay where they are.
  Fusion(std::span<const std::unique_ptr<Block>> blocks, std::span<const SignalInfo> signals);

  // Behind the last block of the run that `block` belongs to; `block` itself if it is not pointwise.
  [[nodiscard]] std::size_t end_of(std::size_t block) const noexcept { return places_[block].end; }

  // Does what the blocks from `first` to before `end`, all of one run, do: reads the planes of `in`,
  // writes those of `out`.
  void process(std::size_t first, std::size_t end, const Chunk& in, Chunk& out) noexcept;

  // What `block` costs beside its neighbours, by its operations: one pass has one time.
  [[nodiscard]] double cost(std::size_t block) const noexcept { return places_[block].cost; }

 private:
  struct Place {
    std::size_t end = 0;
    PointwiseBlock* block = nullptr;
    // For each channel; behind them lie the next block's.
    std::vector<std::span<const PointOp>> ops;
    double cost = 0;
  };

  void add_run(std::size_t first, std::size_t end, std::size_t channels);

  std::vector<Place> places_;                // one for each block
  std::vector<std::vector<PointOp>> lists_;  // of each run and channel: all operations, in order
};

}  // namespace acq
