// A pipeline: blocks from one or more inputs to an outlet, run to completion on one thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dsp/base/counter.h"
#include "dsp/base/cycles.h"
#include "dsp/base/planes.h"
#include "dsp/block.h"
#include "dsp/join.h"
#include "dsp/pointwise.h"

namespace acq {

// Where a pipeline's output goes: called on the data thread, real-time safe.
class Outlet {
 public:
  virtual ~Outlet() = default;
  virtual void deliver(const Chunk& chunk) noexcept = 0;
  // Whether anybody wants the output now.
  [[nodiscard]] virtual bool is_wanted() const noexcept = 0;
};

// One block of a pipeline, as configured.
struct Step {
  const BlockEntry* entry = nullptr;
  Params params;
  std::string tap;  // the name other pipelines use to start behind this block; may be empty
};

// Time one block has used, in cycles() ticks; of a pass that several blocks share, its part by the
// cost they declare.
struct StepTimes {
  Counter calls;
  Counter busy;
  Counter worst;
};

// Threads: build() and the accessors of descriptions on the control thread; adopt(), connect() and
// push() on the data thread.
class Pipeline {
 public:
  // A pipeline that starts behind step `point` of another one (0: its input, n: behind its n-th
  // block).
  struct Tap {
    std::size_t point = 0;
    Pipeline* pipeline = nullptr;
    std::size_t input = 0;
  };

  // Configures every block in turn. The error's `where` is "blocks[i]..." of the step at fault.
  // Several inputs are joined `by` index or time.
  static Result<std::unique_ptr<Pipeline>> build(std::vector<SignalInfo> inputs,
                                                 std::vector<Step> steps,
                                                 JoinBy by = JoinBy::kIndex);

  [[nodiscard]] const SignalInfo& output() const noexcept { return signals_.back(); }
  // What flows behind the first `point` blocks.
  [[nodiscard]] const SignalInfo& signal_at(std::size_t point) const { return signals_[point]; }
  [[nodiscard]] const std::vector<SignalInfo>& inputs() const noexcept { return inputs_; }
  [[nodiscard]] const std::vector<Step>& steps() const noexcept { return steps_; }
  [[nodiscard]] const StepTimes& times(std::size_t step) const { return times_[step]; }
  // Between several inputs; nullptr with one.
  [[nodiscard]] const Joiner* joiner() const noexcept { return joiner_.get(); }
  // The point behind the block that carries this tap name; steps().size() for "", npos if there is
  // none.
  [[nodiscard]] std::size_t find_tap(std::string_view tap) const noexcept;
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

  // Sets where the signal goes: `taps` must outlive the pipeline or the next connect().
  void connect(Outlet* outlet, std::span<const Tap> taps) noexcept {
    outlet_ = outlet;
    taps_ = taps;
  }

  // Takes over the state of the pipeline it replaces, block by block where name and input agree.
  void adopt(Pipeline& before) noexcept;

  // Whether the outlet or any pipeline behind a tap wants something. Ask once a packet.
  [[nodiscard]] bool is_wanted() const noexcept;

  // Whether no join here or behind a tap would lose samples of this input for one more chunk of it.
  [[nodiscard]] bool has_room(std::size_t input) const noexcept;

  // Runs one chunk of one input through everything, taps first.
  void push(std::size_t input, const Chunk& chunk) noexcept;

 private:
  Pipeline(std::vector<SignalInfo> inputs, std::vector<Step> steps);

  // Hands the chunk to the taps at `point`, then to the next block or the outlet. Returns cycles()
  // at the end.
  std::uint64_t advance(std::size_t point, const Chunk& chunk, std::uint64_t now) noexcept;
  const Chunk& own_copy(const Chunk& chunk, Chunk& copy) noexcept;
  // Behind the blocks that share the pass of the one at `point`: as far as nobody taps the signal.
  [[nodiscard]] std::size_t fused_end(std::size_t point) const noexcept;
  void process_fused(std::size_t point, std::size_t end, const Chunk& chunk, Chunk& out) noexcept;
  void count_fused(std::size_t point, std::size_t end, std::uint64_t ticks) noexcept;

  std::vector<SignalInfo> inputs_;
  std::vector<Step> steps_;
  std::vector<SignalInfo> signals_;  // signals_[i]: input of block i; the last is the output
  std::vector<std::unique_ptr<Block>> blocks_;
  Fusion fusion_;
  std::unique_ptr<StepTimes[]> times_;
  std::unique_ptr<Joiner> joiner_;  // with several inputs
  Planes scratch_;                  // the input, when the first block would write over it
  Outlet* outlet_ = nullptr;
  std::span<const Tap> taps_;
};

// Whether two signals can be told apart by a block: pipelines behind equal signals can be kept.
bool same_signal(const SignalInfo& a, const SignalInfo& b) noexcept;

}  // namespace acq
