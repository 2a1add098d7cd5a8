// Stage 3: frames to ZeroMQ.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "daemon/service/health.h"
#include "daemon/topic.h"
#include "dsp/base/result.h"

namespace zmq {
class context_t;
class socket_t;
}  // namespace zmq

namespace acq {

struct PublishOptions {
  std::vector<std::string> bind;
  std::uint64_t budget_bytes = 0;  // what one stopped subscriber may hold
  std::int64_t heartbeat_ms = 1000;
  bool has_checksum = true;
  // Waits for the slowest subscriber instead of dropping for it.
  bool waits = false;
  // Called on the publisher's thread when a subscription ends: what waited for it is freed.
  std::function<void()> on_unsubscribed = {};
};

// Where recorders subscribe: within the process.
inline constexpr const char* kFramesEndpoint = "inproc://frames";

// A subscriber's queue holds so many frames at least: with fewer, healthy ones lose bursts.
inline constexpr std::uint64_t kFewestMarked = 32;

// A status or event message, encoded already.
struct Message {
  std::string topic;
  std::string header;
  std::string payload;
};

// Owns the XPUB socket: sends every topic's frames, describes streams to new subscribers, tells the
// workers who listens. A slow subscriber fills its own queue up to the mark and loses what follows;
// a stopped one is cut off after three heartbeats, give or take half of one.
//
// Threads: public calls from the control thread; the loop on its own.
class Publisher {
 public:
  Publisher(zmq::context_t& context, PublishOptions options, Health& health);
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // Binds all endpoints, for frames of up to `largest_frame_bytes`. kIo names the one that could not
  // be bound.
  Result<void> bind(std::uint64_t largest_frame_bytes);
  void start();
  // Sends what is queued, then ends.
  void stop();

  // The topics to serve, with the description in force of each: replaces the list.
  struct Served {
    std::shared_ptr<Topic> topic;
    std::shared_ptr<FramePool> pool;
    std::shared_ptr<const TopicInfo> info;
  };
  void serve(std::vector<Served> topics);
  // Queues a status or event message. Bounded: beyond that the newest are dropped and counted.
  void post(Message message);

  [[nodiscard]] const std::shared_ptr<Doorbell>& bell() const noexcept { return bell_; }
  // With wildcards resolved, once bound.
  [[nodiscard]] const std::vector<std::string>& endpoints() const noexcept { return endpoints_; }
  [[nodiscard]] std::uint64_t budget_bytes() const noexcept { return options_.budget_bytes; }
  [[nodiscard]] std::uint64_t peers() const noexcept { return subscriptions_.get(); }
  [[nodiscard]] std::uint64_t dropped_messages() const noexcept { return dropped_messages_.get(); }

 private:
  // Whether frames wait to be sent. Control thread.
  [[nodiscard]] bool has_frames() const;
  void run(const std::stop_token& stop);
  void take_changes();
  [[nodiscard]] int mark_for(std::uint64_t frame_bytes) const noexcept;
  void want_mark(std::uint64_t frame_bytes);
  void set_mark();
  void take_subscriptions();
  void subscribe(const std::string& prefix, bool is_new);
  bool send_frames();
  void send(Served& served, Frame* frame);
  void describe(Served& served, const std::shared_ptr<const TopicInfo>& info);
  void send_messages();
  void wait(const std::stop_token& stop);

  PublishOptions options_;
  std::shared_ptr<Beat> beat_;
  std::shared_ptr<Doorbell> bell_ = std::make_shared<Doorbell>();
  std::unique_ptr<zmq::socket_t> socket_;
  std::vector<std::string> endpoints_;
  int mark_ = static_cast<int>(kFewestMarked);  // messages a subscriber may have waiting
  int bound_mark_ = 0;                          // what new connections begin with
  bool has_to_set_mark_ = false;
  std::int64_t next_mark_try_ns_ = 0;
  std::vector<std::shared_ptr<Topic>> listed_;  // the control thread's copy of what is served
  std::vector<Served> served_;
  std::vector<std::pair<std::string, std::uint32_t>> prefixes_;  // subscriptions in force, counted
  std::vector<std::byte> header_;
  std::vector<std::shared_ptr<FramePool>> retired_;  // pools whose frames ZeroMQ may still hold
  Counter subscriptions_;
  Counter dropped_messages_;

  std::mutex mutex_;
  bool has_next_ = false;
  std::vector<Served> next_;
  std::vector<Message> messages_;

  std::jthread thread_;
};

}  // namespace acq
