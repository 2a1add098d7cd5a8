// The program's parts and how they change together.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>
#include <zmq.hpp>

#include "daemon/acquire.h"
#include "daemon/captures.h"
#include "daemon/events.h"
#include "daemon/graph.h"
#include "daemon/plan.h"
#include "daemon/process.h"
#include "daemon/publish.h"
#include "daemon/recordings.h"

namespace acq {

// The largest thing a change of configuration touched.
enum class Change : std::uint8_t { kNothing, kParameters, kPipeline, kInstrument };
std::string_view to_string(Change change) noexcept;

struct ApplyResult {
  std::vector<Problem> problems;  // not empty: nothing was changed
  Change change = Change::kNothing;
};

// Owns instruments, workers and the publisher, and keeps them in the shape of the configuration.
//
// Promise: apply() refuses whole or applies whole; pipelines that do not change run on undisturbed;
// a pipeline that changes is swapped between two packets. Threads: one, the control thread.
class Daemon {
 public:
  Daemon(const Clock& clock, Health& health);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Brings the parts up: binds, opens, starts. All that is wrong is reported and nothing runs.
  std::vector<Problem> start(ConfigText text);
  // Instruments, then what is queued, then the sockets; bounded by `deadline_ns` (CLOCK_MONOTONIC).
  void stop(std::int64_t deadline_ns);

  // Called on the publisher's thread when a subscription ends. Set it before start().
  std::function<void()> on_unsubscribed;

  // The same input gives the same frames: workers and the publisher wait for the slowest subscriber, and
  // sources that can wait for them; transforms are planned without measuring. For replays: a subscriber
  // can hold up the daemon. Set it before start().
  bool is_reproducible = false;

  // Where recordings go; empty: nothing can be recorded. Set it before start().
  std::string recordings_folder;

  // Brings everything into the shape of `text`; with `is_dry_run` only says what would be wrong.
  ApplyResult apply(ConfigText text, bool is_dry_run);
  // Everything wrong with a configuration, in the order of its lines, instruments that need no
  // hardware opened for it. `problems` has what was found when it was read.
  static void check(const ConfigText& text, const Clock& clock, std::vector<Problem>& problems);

  Result<void> start_instrument(std::string_view name);
  Result<void> stop_instrument(std::string_view name);
  // Closes an instrument, and opens and starts it listened to. Returns the name of the capture.
  Result<std::string> capture_transport(std::string_view name, const CaptureOrder& order);
  [[nodiscard]] Captures& captures() noexcept { return captures_; }
  // Plans anew for instruments that came back as something else or describe themselves anew. Call
  // after events.
  void heal();

  [[nodiscard]] const ConfigText& text() const noexcept { return *text_; }
  [[nodiscard]] std::uint64_t revision() const noexcept { return revision_; }
  [[nodiscard]] std::uint64_t run_id() const noexcept { return run_id_; }
  [[nodiscard]] const auto& acquires() const noexcept { return acquires_; }
  [[nodiscard]] const auto& workers() const noexcept { return workers_; }
  [[nodiscard]] const Publisher& publisher() const noexcept { return *publisher_; }
  [[nodiscard]] Publisher& publisher() noexcept { return *publisher_; }
  [[nodiscard]] zmq::context_t& context() noexcept { return context_; }
  [[nodiscard]] EventLog& events() noexcept { return events_; }
  [[nodiscard]] Recordings& recordings() noexcept { return recordings_; }
  [[nodiscard]] const Recordings& recordings() const noexcept { return recordings_; }
  [[nodiscard]] const std::string& software() const noexcept { return software_; }

  // Why the thread that completes USB transfers has no real-time priority; empty: it has, or has
  // not asked.
  [[nodiscard]] std::string usb_note() const;

  // A published or tapped pipeline as it runs now.
  struct Active {
    std::string worker;
    std::size_t unit = 0;  // within the worker's plan
    PipelineConfig config;
    std::shared_ptr<const TopicInfo> info;  // none when it is never published
  };
  [[nodiscard]] const std::map<std::string, Active, std::less<>>& active() const noexcept {
    return active_;
  }
  [[nodiscard]] const Unit* find_unit(std::string_view pipeline) const;

 private:
  // What happens to an instrument in a change.
  struct InstrumentChange {
    const InstrumentNode* node = nullptr;
    enum class What : std::uint8_t { kNothing, kLive, kRestart, kNew } what = What::kNothing;
  };
  // A change being prepared: nothing of it is in force yet.
  struct Draft {
    std::unique_ptr<ConfigText> text;
    Graph graph;
    std::vector<InstrumentChange> instruments;
    std::vector<std::string> removed;
    Instruments views;
    std::vector<PlannedUnit> units;
    std::uint64_t revision = 0;
  };
  // What has been done to an instrument, to be undone when a later part is refused.
  struct Undo {
    std::string name;
    InstrumentConfig config;
    Params params;
    bool was_running = false;
    bool is_new = false;
    bool is_live = false;
    bool is_removed = false;
  };

  void raise_usb_events();
  // Opens and starts stopped instruments that may come out otherwise than they were.
  void reopen(const std::vector<Acquire*>& changed);
  Result<Acquire*> find_instrument(std::string_view name);
  Draft prepare(ConfigText text, std::vector<Problem>& problems) const;
  void classify(Draft& draft) const;
  void probe(Draft& draft, std::vector<Problem>& problems) const;
  [[nodiscard]] Change change_of(const Draft& draft) const;
  bool commit(Draft& draft, std::vector<Problem>& problems);
  bool change_instruments(Draft& draft, std::vector<Undo>& undo, std::vector<Problem>& problems);
  void roll_back(std::vector<Undo>& undo);
  bool make_publisher(const Draft& draft, std::vector<Problem>& problems);

  void put_in_force(std::vector<PlannedUnit> units);
  void serve(const std::vector<PlannedUnit>& units);
  void add_inlets(const std::vector<PlannedUnit>& units, const std::vector<std::size_t>& places,
                  std::map<std::string, WorkerPlan>& plans);
  Inlet& inlet_of(const Source& source, Worker& worker, WorkerPlan& plan);
  std::shared_ptr<Feed> feed_for(const Acquire& acquire, Worker& worker, const std::string& stream);
  void connect_feeds();
  [[nodiscard]] std::vector<std::shared_ptr<Feed>> feeds_of(const std::string& stream,
                                                            const PacketPool* pool) const;
  std::vector<Recorder::Inlet> inlets_for(const Recordings::Running& running);
  std::shared_ptr<Topic> topic_for(const std::string& name);
  std::shared_ptr<FramePool> pool_for(const PlannedUnit& unit);
  void wait_for_drain(std::int64_t deadline_ns) const;

  [[nodiscard]] Instruments views() const;
  [[nodiscard]] RunningUnits running() const;
  [[nodiscard]] PlanOptions plan_options(const Config& config, std::uint64_t revision) const;

  const Clock& clock_;
  Health& health_;
  zmq::context_t context_{1};
  EventLog events_;
  std::string software_;
  std::uint64_t run_id_ = 0;
  std::uint64_t revision_ = 0;
  bool asks_realtime_ = false;  // cannot change while the daemon runs
  mutable std::mutex usb_mutex_;
  std::string usb_note_;
  Captures captures_{clock_, events_};
  std::unique_ptr<ConfigText> text_ = std::make_unique<ConfigText>();
  std::map<std::string, std::unique_ptr<Acquire>, std::less<>> acquires_;
  std::map<std::string, std::unique_ptr<Worker>, std::less<>> workers_;
  std::map<std::string, std::shared_ptr<Topic>, std::less<>> topics_;
  std::map<std::string, std::shared_ptr<FramePool>, std::less<>> pools_;
  std::map<std::string, Active, std::less<>> active_;
  std::unique_ptr<Publisher> publisher_;
  Recordings recordings_;
};

}  // namespace acq
