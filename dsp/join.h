// Joins several waveforms into one with all their channels.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "dsp/base/counter.h"
#include "dsp/base/planes.h"
#include "dsp/block.h"
#include "dsp/framing.h"

namespace acq {

// Which samples belong together: those of the same index, for streams that one clock makes and one
// start begins; or those of the same time, by their stamps.
enum class JoinBy : std::uint8_t { kIndex, kTime };

// Samples that belong together are put side by side: the channels of input 0, then those of input 1
// ... An input that comes later than input 0 by its filters' group delay is taken that much earlier, to
// the nearest sample, so that what happened at the same time stands side by side. A stretch that one
// input lacks is a gap of the joined signal, with that input's reasons. An input that runs ahead by
// more than the memory holds loses its oldest samples, reason `late`.
//
// The pieces are those of input 0, cut where another input is broken: which samples are together does
// not depend on which input came first.
//
// By time, each input keeps its samples and its own count of them; nothing is resampled. Where it lies
// among the samples of input 0, to the nearest one, is told by the first stamp, and held until a stamp
// is further off than a sample and than four times the uncertainty of both stamps; than the largest
// chunk, where that is not known. Then it is moved: what is passed over is a gap of the joined signal,
// reasons `late` and `new_record`, and so is where nothing is lost but an input's samples would
// come twice. Streams whose stamps have no time scale in common are never together.
//
// Threads: build() on the control thread, push() and next() on the data thread, real-time safe.
class Joiner {
 public:
  // kInvalid unless all inputs are waveforms of the same rate (resample brings others to it).
  static Result<std::unique_ptr<Joiner>> build(const std::vector<SignalInfo>& inputs,
                                               JoinBy by = JoinBy::kIndex);

  [[nodiscard]] const SignalInfo& output() const noexcept { return out_; }
  [[nodiscard]] JoinBy by() const noexcept { return by_; }
  // Whether one more chunk of the input costs it no samples. By index always said to be so: those
  // inputs come from one instrument, which cannot wait for itself.
  [[nodiscard]] bool has_room(std::size_t input) const noexcept;
  // How often an input had no time scale in common with input 0. Any thread.
  [[nodiscard]] std::uint64_t without_common_time() const noexcept { return strangers_.get(); }

  void push(std::size_t input, const Chunk& chunk) noexcept;
  // The next joined piece, or false when an input has nothing yet. Valid until the next call.
  [[nodiscard]] bool next(Chunk& out) noexcept;

 private:
  // A chunk of an input, stored from `place` on (modulo the memory). Behind the last there is room
  // for, those that adjoin are added to it. Indices are the input's own until it is placed, then those
  // of input 0.
  struct Run {
    std::uint64_t start_index = 0;  // where it began
    std::uint64_t first_index = 0;  // what is left of it
    std::uint64_t count = 0;
    std::uint64_t place = 0;
    bool adjoins = false;    // goes on where the run before ended
    bool continues = false;  // its own count tells how far it is behind the run before
    Gap gap_before;
    ChunkFacts facts;

    [[nodiscard]] std::uint64_t end() const noexcept { return first_index + count; }
  };
  static constexpr std::size_t kMaxRuns = 256;

  struct Input {
    std::size_t first_channel = 0;
    std::size_t channels = 0;
    std::size_t max_count = 0;
    double later = 0;  // than input 0, samples
    Planes memory;
    std::uint64_t write_place = 0;
    std::array<Run, kMaxRuns> runs;
    std::size_t first_run = 0;
    std::size_t run_count = 0;
    std::size_t placed = 0;  // of them, from the first on
    std::uint64_t own_end = 0;
    std::uint32_t own_epoch = 0;
    std::int64_t offset = 0;  // from its own indices to those of input 0
    bool has_offset = false;
    std::uint64_t placed_end = 0;
    Gap carried;
    Gap dropped;  // reasons of what was dropped since the last joined piece

    Run& run(std::size_t i) noexcept { return runs[(first_run + i) % kMaxRuns]; }
    [[nodiscard]] const Run& run(std::size_t i) const noexcept {
      return runs[(first_run + i) % kMaxRuns];
    }
    // What no other input has taken yet, with what lies between.
    [[nodiscard]] std::uint64_t held() const noexcept {
      return run_count == 0 ? 0 : write_place - runs[first_run].place;
    }
    void remove_run(std::size_t i) noexcept;
    void drop_front(std::uint64_t samples) noexcept;
    // How far it goes on from its first sample, up to `most`; nothing while that is not known.
    [[nodiscard]] std::optional<std::uint64_t> unbroken_to(std::uint64_t most) noexcept;
    [[nodiscard]] Marks marks_up_to(std::uint64_t end) noexcept;
  };

  Joiner(std::size_t inputs, JoinBy by) : by_(by), inputs_(inputs) {}
  void store(Input& input, const Chunk& chunk, std::uint64_t first_index,
             std::uint64_t skipped) noexcept;
  // Places what can be placed; by time, as far as input 0 has come.
  void place_all() noexcept;
  void drop_passed(const Input& input) noexcept;
  [[nodiscard]] double index_of(const Input& input, const Run& run, const Run& lead) const noexcept;
  [[nodiscard]] bool place(Input& input) noexcept;
  void move_to(Input& input, Run& run, std::int64_t offset) noexcept;
  // Where the run begins among the samples of input 0; none while that is not known. Says, too, if it cannot
  // adjoin the one before.
  struct Position {
    double index = 0;
    double slack = 0;
  };
  [[nodiscard]] std::optional<Position> position_of(const Input& input, Run& run) noexcept;
  [[nodiscard]] bool align(std::uint64_t& start) noexcept;
  void describe(std::uint64_t start, std::uint64_t end, Chunk& out) noexcept;

  const JoinBy by_;
  std::vector<Input> inputs_;
  SignalInfo out_;
  Counter strangers_;
  double unknown_slack_ = 1;
  std::size_t memory_count_ = 0;
  std::uint64_t next_index_ = 0;
  bool has_index_ = false;
  Planes joined_;
};

}  // namespace acq
