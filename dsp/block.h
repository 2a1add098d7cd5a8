// The contract of a block: one processing step of a pipeline.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsp/base/packet.h"
#include "dsp/base/params.h"
#include "dsp/base/result.h"
#include "dsp/base/signal.h"
#include "dsp/base/stream_info.h"
#include "dsp/base/time.h"

namespace acq {

// What flows between two blocks: fixed from configure() until the pipeline is replaced.
// A waveform's chunks hold 1 to max_count samples; a record's or spectrum's hold exactly max_count.
struct SignalInfo {
  Kind kind = Kind::kWaveform;
  Rational rate_hz{1, 1};         // of the samples here (a record's own sampling rate, too)
  std::vector<Channel> channels;  // scale 1, offset 0 behind the first step: planes are in `unit`
  std::size_t max_count = 0;      // most samples per channel in one chunk
  Axis axis;                      // records and spectra
  std::vector<ResultSpec> results = {};  // scalars, for each channel
  Rational group_delay{0, 1};            // samples at the pipeline's input rate
  std::uint32_t flags = kFlagNone;
  // Every value is 0 or 1: kLogic always, and records cut from it. It is published as packed bits.
  bool is_logic = false;
  // Index units: one step of first_index here is this many steps of the pipeline's source index.
  Rational index_ratio{1, 1};
};

// What is known about one piece of signal in flight, besides its samples.
struct ChunkFacts {
  std::uint32_t channels = 0;
  std::uint32_t count = 0;  // samples per channel
  // Waveform: index of the first sample, counted at this signal's own rate. Record, spectrum,
  // scalars: index of the first contributing sample, counted at the rate of the waveform they were
  // cut from.
  std::uint64_t first_index = 0;
  Gap gap_before;  // in the same units; for a waveform it equals the jump of first_index
  std::uint32_t epoch = 0;
  std::uint32_t flags = kFlagNone;
  std::uint64_t overrange_low = 0;
  std::uint64_t overrange_high = 0;
  Stamp stamp;                       // of the first sample
  std::optional<double> axis_start;  // x of the first value, where it moves with the chunk
  std::span<const TriggerMark> triggers;
  // Channel by channel, in the order of SignalInfo::results.
  std::span<const ScalarResult> results;
  // The packet these samples were converted from, before the first block; nullptr behind it.
  const Packet* packet = nullptr;
};

// One piece of signal in flight: float32 planes, one per channel, and what is known about them.
// A view: planes, triggers and results belong to the block (or intake) that made the chunk and stay
// valid until that block's process() is called again. The next block may overwrite the planes when
// it works in place, so a block keeps nothing it needs later in the planes it puts out. Copying a
// chunk copies the view, and of the plane pointers only those in use.
struct Chunk : ChunkFacts {
  Chunk() noexcept {}  // NOLINT(modernize-use-equals-default): planes stay uninitialised on purpose
  Chunk(const Chunk& other) noexcept : ChunkFacts(other) { copy_planes(other); }
  Chunk& operator=(const Chunk& other) noexcept {
    ChunkFacts::operator=(other);
    copy_planes(other);
    return *this;
  }
  ~Chunk() = default;

  std::array<float*, kMaxChannels> planes;  // 64-byte aligned, `count` values each

 private:
  void copy_planes(const Chunk& other) noexcept {
    for (std::uint32_t c = 0; c < other.channels; ++c) planes[c] = other.planes[c];
  }
};

// What process() tells the pipeline.
enum class Yield : std::uint8_t {
  kNone,  // the input is used up, no output
  kLast,  // `out` is an output, and the input is used up
  kMore,  // `out` is an output; call again with the same input
};

class PointwiseBlock;

// A block at work in one pipeline.
//
// Threads: configure() on the control thread before the block is used; adopt() and process() on the
// data thread, real-time safe: noexcept, no allocation, no lock, no system call.
class Block {
 public:
  virtual ~Block() = default;

  // Allocates everything process() needs, and says what comes out. Called once.
  // kInvalid when the input does not suit or a parameter is out of range for it.
  virtual Result<SignalInfo> configure(const SignalInfo& in, const Params& params) = 0;

  // Uses (part of) one input chunk. `out` arrives as a copy of `in`'s description, planes included,
  // so a block that works in place only changes the samples, and one that works out of place sets
  // planes and count. A block that keeps a place within a chunk (kMore) forgets it when it returns
  // kLast/kNone.
  virtual Yield process(const Chunk& in, Chunk& out) noexcept = 0;

  // Itself, when it changes each sample by its own value alone: dsp/pointwise.h.
  [[nodiscard]] virtual PointwiseBlock* pointwise() noexcept { return nullptr; }

  // Takes over the state of the block it replaces (same name, same input signal), so that a change
  // of parameters does not disturb the stream where that has a meaning. May swap buffers; frees
  // nothing.
  virtual void adopt(Block& /*before*/) noexcept {}
};

// The declaration of a kind of block: everything the rest of the system knows about it.
struct BlockEntry {
  std::string_view name;
  std::string_view summary;
  std::span<const ParamSpec> params;
  // A block that writes its output over its input. It is never given memory that others still read.
  bool in_place = false;
  // The whole-sample delay added, at this block's input rate; configure() reports the exact one.
  std::string_view latency = "0 samples";
  std::string_view cost = "";  // operations per sample and channel
  std::unique_ptr<Block> (*make)() = nullptr;
  // Legal parameters for the conformance tests, the benchmark and the documentation page.
  Table (*example)() = nullptr;
  // What the example is fed with: the kind of input it needs.
  Kind input = Kind::kWaveform;
  std::size_t min_channels = 1;
  // Puts out 0 and 1 where it is given them. To every other block logic is a waveform, or records,
  // of these numbers.
  bool takes_logic = false;
};

// A signal as the block `entry` is given it.
SignalInfo seen_by(const BlockEntry& entry, SignalInfo signal);

// Every block, in the order of dsp/CMakeLists.txt. The table is generated by acq_add(BLOCK x).
std::span<const BlockEntry* const> block_registry() noexcept;
const BlockEntry* find_block(std::string_view name) noexcept;

}  // namespace acq
