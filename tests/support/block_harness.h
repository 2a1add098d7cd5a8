// Runs one block over a signal and collects what comes out, checking the contract of dsp/block.h
// on every chunk. With it a block's test is a few lines:
//
//   const Signal in = cut(waveform({ramp}, 1000, "V"), {100, 1, 4095});
//   const Signal out = run("moving_average", {{"length", 8.0}}, in);
//   EXPECT_EQ(joined(out, 0), expected);
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "dsp/base/planes.h"
#include "dsp/block.h"

namespace acq::test {

// One chunk, owned: samples[channel][i].
struct Piece {
  std::vector<std::vector<float>> samples;
  std::uint64_t first_index = 0;
  Gap gap_before = {};
  std::uint32_t epoch = 0;
  std::uint32_t flags = kFlagNone;
  std::uint64_t overrange_low = 0;
  std::uint64_t overrange_high = 0;
  Stamp stamp = {};
  std::optional<double> axis_start;
  std::vector<TriggerMark> triggers = {};
  std::vector<ScalarResult> results = {};

  [[nodiscard]] std::size_t count() const { return samples.empty() ? 0 : samples[0].size(); }
};

// What flows into or out of a block: its description and all its chunks.
struct Signal {
  SignalInfo info;
  std::vector<Piece> pieces;
};

// `samples[channel]` as one piece at index 0; channels are named "ch1" ....
Signal waveform(std::vector<std::vector<float>> samples, std::uint64_t rate_hz = 1000,
                std::string_view unit = "V");
// The same as logic, a channel from each text of 0 and 1.
Signal logic(const std::vector<std::string>& lines, std::uint64_t rate_hz = 1000);
// Each of records[i][channel] as a whole record or spectrum, `spacing` indices apart.
Signal records(Kind kind, std::vector<std::vector<std::vector<float>>> records,
               std::uint64_t rate_hz = 1000, std::string_view unit = "V",
               std::uint64_t spacing = 0);

// The same waveform in pieces of the given lengths; the last length repeats until all is used.
// Gaps, epochs, trigger marks and stamps stay with their samples.
Signal cut(const Signal& whole, const std::vector<std::size_t>& lengths);
// The same in pieces of random length, 1 to `most`.
Signal cut_randomly(const Signal& whole, std::mt19937_64& random, std::size_t most);
// Loses samples: the waveform without [from, from + count), with the gap told.
Signal with_gap(const Signal& whole, std::uint64_t from, std::uint64_t count);
// The waveform with a new record from `from` on: nothing is lost, and the samples do not adjoin.
Signal with_new_record(const Signal& whole, std::uint64_t from);
// All samples of one channel, pieces joined.
std::vector<float> joined(const Signal& signal, std::size_t channel = 0);
// White noise, uniform in [-1, 1), from a fixed generator: the same on every machine.
std::vector<float> noise(std::size_t count, std::uint64_t seed);

// A block at work, to be fed piece by piece.
class Rig {
 public:
  // Checks the parameters as the daemon does, makes and configures the block; see error().
  Rig(std::string_view block, const Table& params, const SignalInfo& in);

  // Why the parameters or configure() refused; code kOk when they did not.
  [[nodiscard]] const Error& error() const { return error_; }
  [[nodiscard]] const SignalInfo& info() const { return info_; }
  [[nodiscard]] const BlockEntry& entry() const { return *entry_; }

  // All chunks made of one input chunk. Checks them, and that an input that must stay did stay.
  std::vector<Piece> push(const Piece& piece);
  // Goes on where `before` stopped, as the pipeline does on a change of parameters.
  void adopt(Rig& before);

  // Called around every process(); the conformance suite counts allocations with them.
  void (*before_process)() = nullptr;
  void (*after_process)() = nullptr;
  // Whether every output so far was in the planes of its input.
  [[nodiscard]] bool wrote_over_input() const { return wrote_over_input_; }

 private:
  void load(const Piece& piece, Chunk& chunk);
  void check_input_unchanged(const Piece& piece) const;
  void check_contract(const Chunk& out);
  [[nodiscard]] Piece copy_of(const Chunk& out) const;

  const BlockEntry* entry_ = nullptr;
  Error error_{Code::kOk, ""};
  SignalInfo in_;
  SignalInfo info_;
  std::unique_ptr<Block> block_;
  Planes input_;
  bool wrote_over_input_ = true;
  bool has_last_ = false;
  std::uint64_t next_index_ = 0;
  std::uint32_t last_epoch_ = 0;
};

// Runs a registered block over all of `in`. Fails the test when the block refuses.
Signal run(std::string_view block, const Table& params, const Signal& in);
// What the block refuses these parameters for this input with; code kOk when it does not.
Error refusal(std::string_view block, const Table& params, const SignalInfo& in);

}  // namespace acq::test
