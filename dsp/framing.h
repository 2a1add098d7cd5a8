// What blocks that cut a waveform into pieces share: where it is broken, what is known about the
// chunks that went into a piece, lengths given as samples or as time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "dsp/block.h"

namespace acq {

// Most samples of a piece over all channels: 64 MiB, the largest frame a client accepts.
inline constexpr std::size_t kMaxPieceSamples = std::size_t{1} << 24;

// Finds the places where a waveform does not continue: lost samples, a new record, a new epoch.
class Continuity {
 public:
  // Whether `in` goes on where the chunk before ended. The first chunk does not.
  bool follows(const ChunkFacts& in) noexcept {
    const bool joins =
        started_ && in.first_index == next_ && in.epoch == epoch_ && !in.gap_before.breaks();
    started_ = true;
    next_ = in.first_index + in.count;
    epoch_ = in.epoch;
    return joins;
  }
  // Index of the sample expected next.
  [[nodiscard]] std::uint64_t next() const noexcept { return next_; }

 private:
  bool started_ = false;
  std::uint64_t next_ = 0;
  std::uint32_t epoch_ = 0;
};

// Flags and over-ranges of several chunks together.
struct Marks {
  std::uint32_t flags = kFlagNone;
  std::uint64_t overrange_low = 0;
  std::uint64_t overrange_high = 0;

  void add(const ChunkFacts& in) noexcept {
    add(Marks{in.flags, in.overrange_low, in.overrange_high});
  }
  void add(const Marks& other) noexcept {
    flags |= other.flags;
    overrange_low |= other.overrange_low;
    overrange_high |= other.overrange_high;
  }
};

// The marks of the chunks that hold the last `span` samples (and of no more than twice as many).
class RecentMarks {
 public:
  explicit RecentMarks(std::size_t span = 0) noexcept : span_(span) {}
  void add(const ChunkFacts& in) noexcept {
    newer_.add(in);
    samples_ += in.count;
    if (samples_ < span_) return;
    older_ = newer_;
    newer_ = {};
    samples_ = 0;
  }
  void clear() noexcept { older_ = newer_ = {}; }
  void adopt(const RecentMarks& before) noexcept { older_ = before.all(); }
  [[nodiscard]] Marks all() const noexcept {
    Marks marks = older_;
    marks.add(newer_);
    return marks;
  }

 private:
  std::size_t span_;
  std::size_t samples_ = 0;
  Marks older_;
  Marks newer_;
};

// Gives the gaps collected since the last output to this one, and its marks.
inline void describe(const Marks& marks, Gap& gaps, ChunkFacts& out) noexcept {
  out.flags = marks.flags;
  out.overrange_low = marks.overrange_low;
  out.overrange_high = marks.overrange_high;
  out.gap_before = std::exchange(gaps, Gap{});
}

// Makes `out` the piece of `in`'s waveform that starts at index `first` (which may lie before
// `in`).
inline void place(const ChunkFacts& in, std::uint64_t first, Rational rate_hz,
                  ChunkFacts& out) noexcept {
  out.first_index = first;
  out.stamp = shifted(in.stamp, static_cast<std::int64_t>(first - in.first_index), rate_hz);
  out.triggers = {};
  out.results = {};
}

// A length in samples, given as `name` (a number of samples) or as `name`_time (seconds);
// `fallback` when neither is given. kInvalid when both are, or the length is outside [least, most].
Result<std::size_t> length_of(const Params& params, std::string_view name, Rational rate_hz,
                              std::size_t least, std::size_t most);
Result<std::size_t> length_of(const Params& params, std::string_view name, Rational rate_hz,
                              std::size_t least, std::size_t most, std::size_t fallback);

// kInvalid unless `in` is of the kind wanted ("welch_psd needs a waveform").
Result<void> need_kind(const SignalInfo& in, std::string_view block,
                       std::initializer_list<Kind> kinds);

// The unit all channels have, or "" where they differ: results are then in their channel's unit.
std::string common_unit(const SignalInfo& in);

// The square of a unit: "V" -> "V2", "m/s" -> "(m/s)2", "1" -> "1" (UCUM).
std::string squared_unit(std::string_view unit);
// The unit of a product and of a quotient: "V" and "A" -> "V.A", "V/A"; "V" and "V" -> "V2", "1".
std::string product_unit(const std::string& a, const std::string& b);
std::string quotient_unit(const std::string& a, const std::string& b);

// One by a unit: "s" -> "Hz", "Hz" -> "s", "m" -> "/m" (UCUM).
std::string inverse_unit(std::string_view unit);

// What the result at an averaging time is called: tau_1ms.
std::string tau_name(double tau_s);

}  // namespace acq
