// What blocks that sum up a record, or a waveform piece by piece, share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "dsp/framing.h"
#include "dsp/length_params.h"

namespace acq {

inline constexpr std::size_t kLongestPiece = std::size_t{1} << 40;  // samples: days at any rate

inline constexpr ParamSpec kPieceLengthParam =
    samples_param("length", 1, kLongestPiece, "samples of a piece of a waveform");
inline constexpr ParamSpec kPieceLengthTimeParam = time_param("length_time");

// The range of values that a record's x axis is made of.
struct ValueRange {
  double lower = 0;
  double upper = 0;
};
// `lower` and `upper`, or what the channels declare together. kInvalid unless they have one unit and the range
// is not empty.
Result<ValueRange> value_range(std::span<const Channel> channels, const Params& params);
constexpr ParamSpec bound_param(std::string_view name, std::string_view text) noexcept {
  return {.name = name, .min = -1e30, .max = 1e30, .text = text, .in_signal_unit = true};
}
inline constexpr ParamSpec kLowerParam =
    bound_param("lower", "where the first range begins; the declared range when not given");
inline constexpr ParamSpec kUpperParam =
    bound_param("upper", "where the last range ends; the declared range when not given");

// A block that makes one output of each record, or of each `length` samples of a waveform. The piece
// of a waveform that a gap interrupts is dropped; the next one starts behind the gap and tells it.
class PieceBlock : public Block {
 public:
  Yield process(const Chunk& in, Chunk& out) noexcept final;
  void adopt(Block& before) noexcept final;

 protected:
  // Reads `length` or `length_time`. kInvalid when a waveform has none, or a record one.
  Result<void> read_length(const SignalInfo& in, const Params& params);

  // A piece begins.
  virtual void clear() noexcept = 0;
  // Samples [from, to) of every channel belong to it.
  virtual void add(const Chunk& in, std::size_t from, std::size_t to) noexcept = 0;
  // The piece is whole. Its place, time and marks are in `out`.
  virtual void finish(Chunk& out) noexcept = 0;
  // Goes on with what `before` has of a piece. False: it cannot.
  virtual bool adopt_piece(PieceBlock& before) noexcept = 0;

 private:
  void open(const Chunk& in) noexcept;

  Rational rate_hz_;
  bool cuts_ = false;  // a waveform into pieces
  std::uint64_t length_ = 1;
  std::uint64_t done_ = 0;   // samples of the present piece
  std::uint64_t start_ = 0;  // index of its first
  Continuity continuity_;
  Gap gaps_;  // since the last piece
  Marks marks_;
  bool in_chunk_ = false;
  std::size_t at_ = 0;  // place in the present chunk
};

}  // namespace acq
