// Loss arithmetic of one topic, as a subscriber can know it. Pure: frames in, losses out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dsp/base/time.h"
#include "proto/codec.h"

namespace acq::client {

// Totals of one topic since the subscription (or since reset). "Samples" are per channel.
struct Losses {
  std::uint64_t frames = 0;   // received, each once
  std::uint64_t samples = 0;  // in those frames
  // Lost between the publisher and here: sequence numbers that never came.
  std::uint64_t transport_frames = 0;
  // Waveforms only: the samples in those frames, with the gaps those frames would have announced.
  std::uint64_t transport_samples = 0;
  bool transport_samples_exact = true;  // false: frames were lost across a change of epoch
  // Lost before the publisher: what the frames announce in gap_before.
  Gap upstream;
  // Waveforms only: jumps of the index that neither a gap nor a missing frame explains, such as the
  // pause of an on-demand pipeline.
  std::uint64_t unannounced_samples = 0;
  std::uint64_t index_faults = 0;  // the index ran backwards, or less than the announced gap
  std::uint64_t late = 0;          // came out of order, and were first counted as lost
  std::uint64_t duplicates = 0;    // came twice, or from before the first frame seen
  std::uint64_t epochs = 0;        // changes of epoch seen
  std::uint64_t restarts = 0;      // another run of the daemon, or a topic made anew
  bool operator==(const Losses&) const = default;
};

// What one frame is in the order of its topic, and what was found lost just before it.
struct Arrival {
  enum class Kind : std::uint8_t {
    kFirst,      // nothing to compare with
    kNext,       // joins the frame before, or follows a loss that it tells
    kNewEpoch,   // the stream started anew: indices do not join
    kRestart,    // the publisher started anew: neither sequences nor indices join
    kLate,       // fills a hole
    kDuplicate,  // to be ignored
  };
  Kind kind = Kind::kFirst;
  std::uint64_t transport_frames = 0;
  std::uint64_t transport_samples = 0;
  Gap upstream;
};

// Tells loss in transport (a jump of the sequence) from loss upstream (gap_before), through
// duplicates, reordering, changes of epoch and restarts of the daemon, none of which looks like a
// loss.
//
// One thread. Never allocates after construction. Any header is acceptable: a hostile publisher
// can make the totals wrong, nothing else.
class StreamTracker {
 public:
  StreamTracker();

  Arrival track(const FrameHeader& header) noexcept;
  [[nodiscard]] const Losses& losses() const noexcept { return losses_; }
  // Forgets everything: the next frame is the first.
  void reset() noexcept;

 private:
  // Sequence numbers first..last that have not come.
  struct Hole {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    bool has_samples = false;  // their samples are part of transport_samples
  };

  Arrival start_from(const FrameHeader& header, Arrival::Kind kind) noexcept;
  Arrival advance(const FrameHeader& header) noexcept;
  Arrival look_back(const FrameHeader& header) noexcept;
  bool account_indices(const FrameHeader& header, Arrival& arrival) noexcept;
  void remember(const FrameHeader& header) noexcept;
  void add_hole(Hole hole) noexcept;
  void fill(std::size_t number, std::uint64_t sequence) noexcept;

  Losses losses_;
  std::vector<Hole> holes_;  // in order of sequence, bounded: the oldest are forgotten
  bool has_begun_ = false;
  std::uint64_t run_id_ = 0;
  std::uint32_t epoch_ = 0;
  std::uint64_t config_revision_ = 0;
  std::uint64_t next_sequence_ = 0;
  std::uint64_t next_index_ = 0;
};

}  // namespace acq::client
