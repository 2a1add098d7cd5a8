// What blocks that cut a record around each event of a continuous signal share: the lengths before
// and behind the event, the hold-off, the record without an event, gaps and epochs.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "dsp/base/planes.h"
#include "dsp/framing.h"
#include "dsp/length_params.h"
#include "dsp/math/history.h"

namespace acq {

inline constexpr std::size_t kLongestWait = std::size_t{1} << 40;  // samples: days at any rate

// The parameters of a block: its own, then those that cut() reads.
template <std::size_t kOwn>
constexpr auto with_framing_params(const ParamSpec (&own)[kOwn]) {
  constexpr std::array shared{
      samples_param("pre", 0, kMaxPieceSamples, "samples before the event; 0 when not given"),
      time_param("pre_time"),
      samples_param("post", 1, kMaxPieceSamples, "samples from the event on"),
      time_param("post_time"),
      samples_param("hold_off", 0, kLongestWait,
                    "samples from one event to the next that may trigger; at least post"),
      time_param("hold_off_time"),
      samples_param(
          "auto_after", 1, kLongestWait,
          "samples without an event after which a record is cut anyway; never when not given"),
      time_param("auto_after_time"),
  };
  std::array<ParamSpec, kOwn + shared.size()> all{};
  std::copy(std::begin(own), std::end(own), all.begin());
  std::copy(shared.begin(), shared.end(), all.begin() + kOwn);
  return all;
}

// The block without its detector. A record never spans a gap: the pending one is dropped, and the
// detector must begin anew and wait for `pre` samples; the gap is told by the next record. Records
// share no sample behind the event.
class TriggerBlock : public Block {
 public:
  Yield process(const Chunk& in, Chunk& out) noexcept final;
  void adopt(Block& before) noexcept final;

 protected:
  // Something that triggers.
  struct Event {
    std::size_t index = 0;  // of the first sample at or behind it
    double before = 0;      // how many samples before that one it was, with fraction: 0 to 1
    std::uint32_t channel = 0;
    bool is_rising = true;
    double level = 0;
  };

  // Reads the framing parameters and allocates. What comes out: records whose x axis is 0 s at the
  // event.
  Result<SignalInfo> cut(const SignalInfo& in, const Params& params);

  // Reads samples [from, to) up to the first event and stops behind it. The sample before is the one
  // read last, by find() or pass().
  virtual std::optional<Event> find(const Chunk& in, std::size_t from, std::size_t to) noexcept = 0;
  // Reads samples without looking for events.
  virtual void pass(const Chunk& in, std::size_t from, std::size_t to) noexcept = 0;
  // The signal is broken here.
  virtual void forget() noexcept = 0;
  // Goes on where the detector of `before` stopped. False: it looks at something else, so that a
  // record begun for it is dropped.
  virtual bool adopt_detector(TriggerBlock& before) noexcept = 0;

 private:
  Result<void> read_lengths(const SignalInfo& in, const Params& params);
  void open(const Chunk& in) noexcept;
  void close(const Chunk& in) noexcept;
  void wait(const Chunk& in) noexcept;
  void begin(const Chunk& in, std::size_t at) noexcept;
  void fill(const Chunk& in) noexcept;
  void finish(const Chunk& in, Chunk& out) noexcept;

  Rational rate_hz_;
  double step_s_ = 1;
  std::size_t pre_ = 0;
  std::size_t length_ = 1;
  std::size_t hold_off_ = 1;
  std::size_t auto_after_ = 0;  // 0: never

  History history_;  // the last pre_ samples before the present chunk
  RecentMarks recent_;
  Continuity continuity_;
  Gap gaps_;                    // since the last record
  std::uint64_t ready_at_ = 0;  // index of the first sample that may trigger
  bool in_chunk_ = false;
  std::size_t at_ = 0;  // place in the present chunk

  Planes record_;
  bool filling_ = false;
  std::size_t filled_ = 0;
  std::uint64_t start_ = 0;  // index of the record's first sample
  bool is_triggered_ = false;
  TriggerMark mark_;
  Marks marks_;
};

// The place of the channel with this id or label; kInvalid names the ids there are.
Result<std::size_t> find_channel(const SignalInfo& in, std::string_view id, std::string_view where);

}  // namespace acq
