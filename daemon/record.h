// Stage 3b: packets and frames to the disk.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "daemon/events.h"
#include "daemon/feed.h"
#include "daemon/publish.h"
#include "daemon/service/health.h"
#include "daemon/sync_thread.h"
#include "dsp/base/clock.h"
#include "recording/journal_writer.h"

namespace zmq {
class context_t;
class socket_t;
}  // namespace zmq

namespace acq {

enum class RecordState : std::uint8_t {
  kWaiting,  // keeps the last seconds in memory, for a trigger
  kRecording,
  kNoSpace,  // the disk or the budget is full: goes on when there is room again
  kFailed,   // the disk refuses: tried again every second
  kStopped,
};
std::string_view to_string(RecordState state) noexcept;

struct RecordOptions {
  JournalOptions journal;
  std::vector<std::string> topics;
  std::string trigger_topic;  // its frames with a trigger begin what waits; need not be recorded
  std::uint64_t budget_bytes = 0;     // of this recording; 0: none
  std::uint64_t keep_free_bytes = 0;  // what must stay free on the disk
  bool deletes_oldest = false;        // at the budget: a segment for a segment, instead of stopping
  std::int64_t before_ns = 0;         // kept in memory while waiting for the trigger
  std::uint64_t before_bytes = std::uint64_t{256} << 20;
  bool waits_for_trigger = false;
  std::int64_t after_ns = 0;  // recorded after the trigger; 0: until it is stopped
};

// What a recorder says of itself. Counts are samples per channel.
struct RecordReport {
  RecordState state = RecordState::kStopped;
  std::string error;
  std::uint64_t bytes = 0;
  double rate = 0;  // bytes a second, over the last second
  std::uint64_t segments = 0;
  std::uint64_t free_bytes = 0;
  std::uint64_t frames = 0;
  std::uint64_t lost_frames = 0;
  std::uint64_t deleted_segments = 0;
  std::uint64_t bytes_deleted = 0;
  std::int64_t start_utc_ns = 0;
  std::uint64_t waiting_bytes = 0;  // in memory, for the trigger
  std::vector<journal::StreamAccount> streams;
};

// One recording at work, on a thread of its own, beside one that waits for its syncs. It is a consumer
// of its streams like any worker: a slow or broken disk costs it alone its samples, counted and named
// as gaps of the reason `recorder`.
//
// Threads: public calls on the control thread.
class Recorder {
 public:
  struct Inlet {
    std::string instrument;
    std::string stream;
    std::shared_ptr<Feed> feed;
  };

  Recorder(RecordOptions options, Disk& disk, const Clock& clock, zmq::context_t& context,
           Health& health, EventLog& events);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // Makes the folder and the first segment, unless it waits for a trigger; then the thread.
  Result<void> start();
  // Takes what is queued, writes it and ends the file.
  void stop();

  // The rings in force. Those that left are emptied first.
  void set_inlets(std::vector<Inlet> inlets);
  [[nodiscard]] const std::vector<Inlet>& inlets() const noexcept { return listed_; }
  void set_config(std::uint64_t revision, std::string toml);
  void add_event(journal::Event event);
  // What is kept in memory and all that follows is written.
  void trigger();

  [[nodiscard]] const RecordOptions& options() const noexcept { return options_; }
  [[nodiscard]] const std::shared_ptr<Doorbell>& bell() const noexcept { return bell_; }
  [[nodiscard]] RecordReport report() const;
  [[nodiscard]] bool is_drained() const noexcept;

 private:
  // A packet kept for the trigger.
  struct Held {
    std::size_t stream = 0;
    std::shared_ptr<const StreamInfo> info;
    journal::PacketHead head;
    std::vector<std::byte> samples;
  };
  struct Taken {
    Inlet inlet;
    std::size_t stream = 0;  // within the journal
  };

  void run(const std::stop_token& stop);
  void wait();
  void take_changes();
  bool take_packets();
  void take_packet(Taken& taken, const PacketRef& ref);
  void hold(Held held);
  void begin_after_trigger();
  bool take_frames();
  void flush_if_due();
  void look();
  void keep_budget();
  void delete_oldest(std::uint64_t& free);
  void warn_of_budget();
  [[nodiscard]] std::uint64_t used_bytes() const noexcept;
  [[nodiscard]] bool is_over(std::uint64_t free) const noexcept;
  void make_report();
  void set_state(RecordState state, const std::string& why = {});
  std::size_t stream_number(const Inlet& inlet);

  const RecordOptions options_;
  Disk& disk_;
  const Clock& clock_;
  EventLog& events_;
  std::shared_ptr<Beat> beat_;
  std::shared_ptr<Doorbell> bell_ = std::make_shared<Doorbell>();
  std::unique_ptr<zmq::socket_t> frames_;
  std::vector<Inlet> listed_;  // the control thread's copy of what is in force

  // The recorder's thread.
  SyncThread syncer_;
  JournalWriter writer_;
  std::vector<Taken> taken_;
  std::vector<std::pair<std::string, std::size_t>> streams_;  // by name, their numbers
  std::deque<Held> held_;
  std::uint64_t held_bytes_ = 0;
  std::deque<ClosedSegment> segments_;
  bool is_stopped_for_space_ = false;
  bool has_warned_ = false;
  std::int64_t next_look_ns_ = 0;
  std::int64_t last_look_ns_ = 0;
  std::int64_t end_ns_ = 0;  // after a trigger; 0: none
  struct Description {
    std::string topic;
    std::string bytes;
    std::uint64_t next_sequence = 0;
    bool has_begun = false;
    bool is_recorded = true;
  };
  std::vector<Description> topics_;
  RecordReport now_;

  mutable std::mutex mutex_;
  bool has_changes_ = false;
  std::optional<std::vector<Inlet>> next_inlets_;
  std::optional<std::pair<std::uint64_t, std::string>> next_config_;
  std::vector<journal::Event> next_events_;
  bool is_triggered_ = false;
  RecordReport report_;

  std::jthread thread_;
};

}  // namespace acq
