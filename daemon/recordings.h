// The recordings of a daemon: which are asked for, which run, what they are called.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/record.h"
#include "proto/config.h"

namespace acq {

// Starts and stops recorders as the configuration and requests say. The folder is the daemon's: a
// request names a recording, never a path.
//
// Threads: one, the control thread.
class Recordings {
 public:
  struct Setup {
    std::string folder;  // empty: nothing can be recorded
    std::string software;
    std::uint64_t run_id = 0;
  };

  Recordings(const Clock& clock, zmq::context_t& context, Health& health, EventLog& events);
  ~Recordings();
  Recordings(const Recordings&) = delete;
  Recordings& operator=(const Recordings&) = delete;

  // Before anything else.
  void set_up(Setup setup) { setup_ = std::move(setup); }
  // Called whenever the set of running recorders has changed, to connect them to their streams.
  std::function<void()> on_change;

  // Brings the standing recordings into the shape of the configuration.
  void apply(const Config& config, std::uint64_t revision, std::string toml);
  // Starts what is due by its schedule, ends what is over. Call about once a second.
  void tick();
  void stop_all();

  // By request. `config` holds the streams and topics; of a configured name, its own are taken.
  // kInvalid: not a name; kBusy: it exists or runs.
  Result<void> start(const std::string& name, const RecordingConfig& config);
  Result<void> stop(const std::string& name);
  Result<void> trigger(const std::string& name);
  // In one recording, or in all that run when no name is given.
  Result<void> mark(const std::string& name, const std::string& text);
  void add_event(const EventRecord& record, std::uint64_t revision);

  struct Running {
    std::unique_ptr<Recorder> recorder;
    RecordingConfig config;
    std::string base;          // the name in the configuration or the request
    std::int64_t stop_ns = 0;  // 0: when asked to
  };
  // By the name of the recording on the disk.
  [[nodiscard]] const std::map<std::string, Running, std::less<>>& running() const noexcept {
    return running_;
  }
  [[nodiscard]] bool is_drained() const noexcept;
  // Of those that ended, the last few.
  [[nodiscard]] const std::vector<std::pair<std::string, RecordReport>>& ended() const noexcept {
    return ended_;
  }

  // 1 to 64 of a-z, 0-9 and -, beginning with a letter or digit.
  static bool is_valid_name(std::string_view name) noexcept;

 private:
  Result<void> begin(const std::string& base, const std::string& name,
                     const RecordingConfig& config);
  void end(const std::string& name);
  [[nodiscard]] std::string dated(const std::string& base) const;
  Result<std::map<std::string, Running, std::less<>>::iterator> find(const std::string& name);
  [[nodiscard]] bool runs(const std::string& base) const;
  void report_failure(const std::string& name, const Error& error);

  const Clock& clock_;
  zmq::context_t& context_;
  Health& health_;
  EventLog& events_;
  Setup setup_;
  std::map<std::string, RecordingConfig, std::less<>> standing_;
  std::map<std::string, std::int64_t, std::less<>> retry_ns_;  // after a start that failed
  std::map<std::string, Running, std::less<>> running_;
  std::vector<std::pair<std::string, RecordReport>> ended_;
  std::uint64_t revision_ = 0;
  std::string toml_;
};

}  // namespace acq
