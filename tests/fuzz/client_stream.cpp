// A published stream, damaged on its way: StreamTracker tells exactly the loss that was made.
//
// First byte even: a valid stream of three bytes a frame (see Maker), with frames removed, doubled
// and put out of order; the losses told are checked against set arithmetic over what was sent and
// what arrived. First byte odd: any numbers as headers, which must only not break anything.
// A tracker that was reset is as good as new, whatever it has seen before.
#include <algorithm>
#include <cstring>
#include <vector>

#include "clients/cpp/stream_tracker.h"
#include "tests/fuzz/fuzz.h"

namespace {

using acq::FrameHeader;
using acq::client::Losses;
using acq::client::StreamTracker;

// Fewer than the tracker keeps holes for, so that every late frame can be told.
constexpr std::size_t kFramesOfARun = 60;

// What one run of the daemon sent, and what of it arrived in which order.
struct Run {
  std::vector<FrameHeader> sent;
  std::vector<std::size_t> arrived;
};

// Byte 0: samples and gap; byte 1: what happens to the stream before the frame; byte 2: what happens
// to the frame on its way.
class Maker {
 public:
  std::vector<Run> make(const std::uint8_t* data, std::size_t size) {
    for (std::size_t i = 0; i + 3 <= size; i += 3) {
      const bool restarts = (data[i + 1] & 0x0F) == 0x0F;
      if (runs_.empty() || restarts || runs_.back().sent.size() == kFramesOfARun) begin_run();
      send(data[i], data[i + 1]);
      deliver(data[i + 2]);
    }
    return std::move(runs_);
  }

 private:
  void begin_run() {
    runs_.emplace_back();
    next_ = {};
    next_.kind = acq::Kind::kWaveform;
    next_.run_id = runs_.size();
    next_.epoch = 1;
    next_.config_revision = 1;
    next_.sequence = runs_.size() * 1000;
  }

  void send(std::uint8_t size, std::uint8_t event) {
    if ((event & 0x07) == 0x06) {
      ++next_.epoch;
      next_.first_index = 0;
    }
    if ((event & 0x30) == 0x30) ++next_.config_revision;
    FrameHeader frame = next_;
    frame.count = 1 + (size & 0x0F);
    frame.gap_before.samples = size >> 6 == 3 ? 1 + ((size >> 4) & 3) : 0;
    frame.first_index += frame.gap_before.samples;
    runs_.back().sent.push_back(frame);
    next_.first_index = frame.first_index + frame.count;
    ++next_.sequence;
  }

  void deliver(std::uint8_t fate) {
    Run& run = runs_.back();
    if ((fate & 0x03) == 0x03) return;  // lost
    std::vector<std::size_t>& arrived = run.arrived;
    const std::size_t number = run.sent.size() - 1;
    arrived.push_back(number);
    if ((fate & 0x0C) == 0x0C) arrived.push_back(number);
    // Earlier than up to 15 that were sent before.
    const std::size_t jump = std::min<std::size_t>(fate >> 4, arrived.size() - 1);
    std::rotate(arrived.end() - static_cast<std::ptrdiff_t>(jump) - 1, arrived.end() - 1,
                arrived.end());
  }

  std::vector<Run> runs_;
  FrameHeader next_;
};

// Between the first frame that arrived and the newest.
void add_truth(const Run& run, Losses& truth) {
  if (run.arrived.empty()) return;
  std::vector<bool> has_come(run.sent.size());
  std::size_t newest = 0;
  for (const std::size_t number : run.arrived) {
    has_come[number] = true;
    newest = std::max(newest, number);
  }
  const std::size_t base = run.arrived.front();
  std::uint64_t taken = 0;
  for (std::size_t i = base; i <= newest; ++i) {
    const FrameHeader& frame = run.sent[i];
    if (has_come[i]) {
      ++taken;
      truth.samples += frame.count;
      if (i != base) truth.upstream.add(frame.gap_before);
    } else {
      ++truth.transport_frames;
      truth.transport_samples += frame.count + frame.gap_before.samples;
    }
  }
  truth.frames += taken;
  truth.duplicates += run.arrived.size() - taken;
}

void check_stream(const std::uint8_t* data, std::size_t size) {
  const std::vector<Run> runs = Maker().make(data, size);
  StreamTracker tracker;
  Losses truth;
  std::uint64_t seen_runs = 0;
  for (const Run& run : runs) {
    seen_runs += run.arrived.empty() ? 0 : 1;
    for (const std::size_t number : run.arrived) tracker.track(run.sent[number]);
    add_truth(run, truth);
  }
  const Losses told = tracker.losses();
  tracker.reset();
  ACQ_CHECK(tracker.losses() == Losses{});
  for (const Run& run : runs) {
    for (const std::size_t number : run.arrived) tracker.track(run.sent[number]);
  }
  ACQ_CHECK(tracker.losses() == told);
  ACQ_CHECK(told.frames == truth.frames);
  ACQ_CHECK(told.samples == truth.samples);
  ACQ_CHECK(told.transport_frames == truth.transport_frames);
  ACQ_CHECK(told.upstream == truth.upstream);
  ACQ_CHECK(told.duplicates == truth.duplicates);
  ACQ_CHECK(told.restarts == (seen_runs > 0 ? seen_runs - 1 : 0));
  ACQ_CHECK(told.index_faults == 0 && told.unannounced_samples == 0);
  // Where frames are missing across a change of epoch, nobody can count their samples.
  ACQ_CHECK(told.transport_samples <= truth.transport_samples);
  if (told.transport_samples_exact) {
    ACQ_CHECK(told.transport_samples == truth.transport_samples);
  }
}

void check_hostile(const std::uint8_t* data, std::size_t size) {
  struct Raw {
    std::uint64_t sequence, first_index, count, gap;
    std::uint8_t run, epoch, revision, kind;
  };
  StreamTracker tracker;
  std::uint64_t calls = 0;
  for (; size >= sizeof(Raw); data += sizeof(Raw), size -= sizeof(Raw)) {
    Raw raw;
    std::memcpy(&raw, data, sizeof raw);
    FrameHeader header;
    header.kind = static_cast<acq::Kind>(raw.kind % 8);
    header.run_id = raw.run;
    header.epoch = raw.epoch;
    header.config_revision = raw.revision;
    header.sequence = raw.sequence;
    header.first_index = raw.first_index;
    header.count = raw.count;
    header.gap_before.samples = raw.gap;
    if (raw.kind >= 0xF0) {
      tracker.reset();
      calls = 0;
    }
    tracker.track(header);
    ++calls;
  }
  const Losses& told = tracker.losses();
  ACQ_CHECK(told.frames + told.duplicates == calls);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  if ((data[0] & 1) == 0) {
    check_stream(data + 1, size - 1);
  } else {
    check_hostile(data + 1, size - 1);
  }
  return 0;
}
