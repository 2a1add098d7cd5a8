// Things that happened, from any thread to whoever reports them.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace acq {

struct EventRecord {
  std::int64_t utc_ns = 0;
  std::string source;  // instrument, pipeline, or "daemon"
  std::string what;    // "state", "epoch", "config", "loss"
  std::string sentence;
  // The instrument that plays the recording this is from; empty: it has happened now. Time and source
  // are as recorded.
  std::string replayed_by = {};
};

// Any thread; off the sample path. Bounded: when nobody collects, the newest are dropped and
// counted.
class EventLog {
 public:
  // Called after each event, on the thread it happened on, to wake the collector.
  void on_event(std::function<void()> wake) {
    const std::scoped_lock lock(mutex_);
    wake_ = std::move(wake);
  }

  void add(std::string source, std::string what, std::string sentence);
  void add(EventRecord record);
  [[nodiscard]] std::vector<EventRecord> collect();

 private:
  static constexpr std::size_t kMost = 1024;
  std::mutex mutex_;
  std::vector<EventRecord> events_;
  std::function<void()> wake_;
  std::size_t dropped_ = 0;
};

}  // namespace acq
