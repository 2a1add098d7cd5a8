// Subscribes to topics of a daemon and receives their frames, checked, with losses counted.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "clients/cpp/received_frame.h"
#include "clients/cpp/stream_tracker.h"
#include "dsp/base/result.h"

namespace acq::client {

struct SubscriberOptions {
  // Bytes that may wait in this process for receive(), at frames of `frame_bytes` each. Sets the
  // receive high-water mark, never below 32 frames.
  std::size_t budget_bytes = std::size_t{64} << 20;
  std::size_t frame_bytes = std::size_t{64} << 10;
  // A publisher's machine that answers nothing for three of these is given up and connected to anew: over
  // TCP, by its keepalive, in whole seconds.
  std::chrono::milliseconds heartbeat{1000};
};

// Messages that were not frames: counted and skipped.
struct Malformed {
  std::uint64_t parts = 0;         // not three parts
  std::uint64_t topics = 0;        // not a topic name, or too many of them
  std::uint64_t headers = 0;       // refused by decode_header()
  std::uint64_t checksums = 0;     // the payload is not what was sent
  std::uint64_t descriptions = 0;  // a description that says nothing
  std::string last;                // why the last one was refused
  [[nodiscard]] std::uint64_t total() const noexcept {
    return parts + topics + headers + checksums + descriptions;
  }
};

// What is known of one topic.
struct TopicState {
  Losses losses;
  std::shared_ptr<const TopicInfo> description;  // the newest; null until one came
};

// A connection to the data socket of a daemon. It outlives the daemon: ZeroMQ connects anew for as
// long as the object lives, and the losses say what was missed.
//
// One thread: every call from the thread that made it. Promise: each frame that arrives whole is
// given out once, in the order received; what is malformed is counted; nothing here can crash on
// what the publisher sends.
class Subscriber {
 public:
  // kInvalid: not an endpoint. Returns at once, whether or not somebody is there.
  static Result<Subscriber> connect(const std::string& endpoint,
                                    const SubscriberOptions& options = {});
  Subscriber(Subscriber&&) noexcept;
  Subscriber& operator=(Subscriber&&) noexcept;
  ~Subscriber();

  // A whole topic ("d/scope/psd"), or a prefix that ends with a slash ("d/scope/").
  // kInvalid: neither.
  Result<void> subscribe(std::string_view pattern);
  // kNotFound: was not subscribed. The topic's losses are forgotten.
  Result<void> unsubscribe(std::string_view pattern);

  // Waits for the next frame. False: none came in time, or a signal arrived. Descriptions are taken
  // in on the way and not given out. kIo: ZeroMQ refused. Unless true, the frame's content is not
  // to be used.
  Result<bool> receive(ReceivedFrame& frame, std::chrono::milliseconds timeout);

  // Zeros and null for a topic from which nothing came.
  [[nodiscard]] TopicState state(std::string_view topic) const;
  // The topics from which something came, sorted.
  [[nodiscard]] std::vector<std::string> topics() const;
  [[nodiscard]] const Malformed& malformed() const noexcept;
  // Frames of topics that start like a subscribed one, but are another.
  [[nodiscard]] std::uint64_t filtered() const noexcept;
  [[nodiscard]] bool is_connected();
  // The ZeroMQ socket, to be waited for in zmq_poll() together with others.
  [[nodiscard]] void* native_socket() noexcept;

 private:
  struct Impl;
  explicit Subscriber(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace acq::client
