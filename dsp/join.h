// Joins several aligned waveforms into one with all their channels.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "dsp/base/planes.h"
#include "dsp/block.h"
#include "dsp/framing.h"

namespace acq {

// Samples with the same index are put side by side: the channels of input 0, then those of input 1
// ... An input that comes later than input 0 by its filters' group delay is taken that much earlier, to
// the nearest sample, so that what happened at the same time stands side by side. A stretch that one
// input lacks is a gap of the joined signal, with that input's reasons. An input that runs ahead by
// more than the memory holds loses its oldest samples, reason `late`.
//
// The pieces are those of input 0, cut where another input is broken: which samples are together does
// not depend on which input came first.
//
// Threads: build() on the control thread, push() and next() on the data thread, real-time safe.
class Joiner {
 public:
  // kInvalid unless all inputs are waveforms of the same rate (resample brings others to it).
  static Result<std::unique_ptr<Joiner>> build(const std::vector<SignalInfo>& inputs);

  [[nodiscard]] const SignalInfo& output() const noexcept { return out_; }

  void push(std::size_t input, const Chunk& chunk) noexcept;
  // The next joined piece, or false when an input has nothing yet. Valid until the next call.
  [[nodiscard]] bool next(Chunk& out) noexcept;

 private:
  // A chunk of an input, stored from `place` on (modulo the memory). Behind the last there is room
  // for, those that adjoin are added to it.
  struct Run {
    std::uint64_t start_index = 0;  // where it began
    std::uint64_t first_index = 0;  // what is left of it
    std::uint64_t count = 0;
    std::uint64_t place = 0;
    bool adjoins = false;  // goes on where the run before ended
    Gap gap_before;
    ChunkFacts facts;

    [[nodiscard]] std::uint64_t end() const noexcept { return first_index + count; }
  };
  static constexpr std::size_t kMaxRuns = 256;

  struct Input {
    std::size_t first_channel = 0;
    std::size_t channels = 0;
    std::int64_t later = 0;  // than input 0, samples
    Planes memory;
    std::uint64_t write_place = 0;
    std::uint64_t stored = 0;
    std::array<Run, kMaxRuns> runs;
    std::size_t first_run = 0;
    std::size_t run_count = 0;
    Gap dropped;  // reasons of what was dropped since the last joined piece

    Run& run(std::size_t i) noexcept { return runs[(first_run + i) % kMaxRuns]; }
    void drop_front(std::uint64_t samples) noexcept;
    // How far it goes on from its first sample, up to `most`; nothing while that is not known.
    [[nodiscard]] std::optional<std::uint64_t> unbroken_to(std::uint64_t most) noexcept;
    [[nodiscard]] Marks marks_up_to(std::uint64_t end) noexcept;
  };

  explicit Joiner(std::size_t inputs) : inputs_(inputs) {}
  void store(Input& input, const Chunk& chunk, std::uint64_t first_index,
             std::uint64_t skipped) noexcept;
  [[nodiscard]] bool align(std::uint64_t& start) noexcept;
  void describe(std::uint64_t start, std::uint64_t end, Chunk& out) noexcept;

  std::vector<Input> inputs_;
  SignalInfo out_;
  std::size_t memory_count_ = 0;
  std::uint64_t next_index_ = 0;
  bool has_index_ = false;
  Planes joined_;
};

}  // namespace acq
