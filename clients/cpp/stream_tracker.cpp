#include "clients/cpp/stream_tracker.h"

#include <algorithm>

namespace acq::client {
namespace {

// More holes than this at one time are not waited for: what is missing stays counted as lost.
constexpr std::size_t kHoles = 64;

}  // namespace

StreamTracker::StreamTracker() {
  holes_.reserve(kHoles);
}

void StreamTracker::reset() noexcept {
  losses_ = {};
  holes_.clear();
  has_begun_ = false;
}

Arrival StreamTracker::track(const FrameHeader& header) noexcept {
  if (!has_begun_) return start_from(header, Arrival::Kind::kFirst);
  if (header.run_id != run_id_) {
    ++losses_.restarts;
    return start_from(header, Arrival::Kind::kRestart);
  }
  return header.sequence >= next_sequence_ ? advance(header) : look_back(header);
}

// What came before this frame is unknown, and not lost to this subscriber: its gap is not counted.
Arrival StreamTracker::start_from(const FrameHeader& header, Arrival::Kind kind) noexcept {
  holes_.clear();
  has_begun_ = true;
  remember(header);
  ++losses_.frames;
  losses_.samples += header.count;
  return {.kind = kind};
}

Arrival StreamTracker::advance(const FrameHeader& header) noexcept {
  Arrival arrival{.kind = Arrival::Kind::kNext,
                  .transport_frames = header.sequence - next_sequence_,
                  .upstream = header.gap_before};
  const bool is_new_epoch = header.epoch != epoch_;
  const bool has_samples =
      is_continuous(header.kind) && !is_new_epoch && account_indices(header, arrival);
  if (arrival.transport_frames > 0) {
    add_hole({.first = next_sequence_, .last = header.sequence - 1, .has_samples = has_samples});
    if (is_continuous(header.kind) && !has_samples) losses_.transport_samples_exact = false;
  }
  if (is_new_epoch) {
    arrival.kind = Arrival::Kind::kNewEpoch;
    ++losses_.epochs;
  }
  remember(header);
  ++losses_.frames;
  losses_.samples += header.count;
  losses_.transport_frames += arrival.transport_frames;
  losses_.transport_samples += arrival.transport_samples;
  losses_.upstream.add(header.gap_before.loss());
  return arrival;
}

// False when the indices do not tell how many samples are missing.
bool StreamTracker::account_indices(const FrameHeader& header, Arrival& arrival) noexcept {
  const std::uint64_t jump = header.first_index - next_index_;
  if (header.first_index < next_index_ || jump < header.gap_before.samples) {
    ++losses_.index_faults;
    return false;
  }
  const std::uint64_t unexplained = jump - header.gap_before.samples;
  if (arrival.transport_frames > 0) {
    arrival.transport_samples = unexplained;
  } else {
    losses_.unannounced_samples += unexplained;
  }
  return true;
}

// A sequence number below the one expected: late, twice, or the topic was made anew. Within a run
// epochs and revisions only grow with the sequence, so a newer one cannot come from before.
Arrival StreamTracker::look_back(const FrameHeader& header) noexcept {
  if (header.epoch > epoch_ || header.config_revision > config_revision_) {
    ++losses_.restarts;
    return start_from(header, Arrival::Kind::kRestart);
  }
  const auto hole = std::find_if(holes_.begin(), holes_.end(), [&](const Hole& each) {
    return each.first <= header.sequence && header.sequence <= each.last;
  });
  if (hole == holes_.end()) {
    ++losses_.duplicates;
    return {.kind = Arrival::Kind::kDuplicate};
  }
  --losses_.transport_frames;
  if (hole->has_samples) {
    losses_.transport_samples -=
        std::min(losses_.transport_samples, header.count + header.gap_before.samples);
  }
  fill(static_cast<std::size_t>(hole - holes_.begin()), header.sequence);
  ++losses_.frames;
  ++losses_.late;
  losses_.samples += header.count;
  losses_.upstream.add(header.gap_before.loss());
  return {.kind = Arrival::Kind::kLate, .upstream = header.gap_before};
}

void StreamTracker::remember(const FrameHeader& header) noexcept {
  run_id_ = header.run_id;
  epoch_ = header.epoch;
  config_revision_ = header.config_revision;
  next_sequence_ = header.sequence + 1;
  next_index_ = header.first_index + header.count;
}

void StreamTracker::add_hole(Hole hole) noexcept {
  if (holes_.size() == kHoles) holes_.erase(holes_.begin());
  holes_.push_back(hole);
}

void StreamTracker::fill(std::size_t number, std::uint64_t sequence) noexcept {
  Hole& hole = holes_[number];
  if (hole.first == hole.last) {
    holes_.erase(holes_.begin() + static_cast<std::ptrdiff_t>(number));
  } else if (sequence == hole.first) {
    ++hole.first;
  } else if (sequence == hole.last) {
    --hole.last;
  } else {
    Hole upper{.first = sequence + 1, .last = hole.last, .has_samples = hole.has_samples};
    hole.last = sequence - 1;
    if (holes_.size() == kHoles) return;  // no room for the upper half: it stays lost
    holes_.insert(holes_.begin() + static_cast<std::ptrdiff_t>(number) + 1, upper);
  }
}

}  // namespace acq::client
