// The two sockets of a daemon over ipc, speaking the real codec, for tests of the client library.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>
#include <zmq.hpp>

#include "acq/v1/control.pb.h"
#include "dsp/base/frame.h"

namespace acq::testing {

using namespace std::chrono_literals;

// How long a test waits for what must come.
inline constexpr auto kPatience = 10s;

// A folder for sockets and files, removed with the object.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
    return path_ / name;
  }
  [[nodiscard]] std::string endpoint(const std::string& name) const {
    return "ipc://" + (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

// A topic of `channels` planar float32 channels.
std::shared_ptr<TopicInfo> make_topic(const std::string& name, Kind kind = Kind::kWaveform,
                                      std::size_t channels = 1, std::uint64_t run_id = 1);

// The data socket. One thread.
class FakePublisher {
 public:
  explicit FakePublisher(const std::string& endpoint);

  // Waits for the next message of a subscriber: '\1' + topic, or '\0' + topic; empty: none came.
  std::string subscription(std::chrono::milliseconds timeout = kPatience);
  void send(const std::vector<std::string>& parts);
  void describe(const TopicInfo& topic, std::uint64_t sequence);
  // Channel c of the frame holds first_index + i + 1000 c.
  void publish(const std::shared_ptr<const TopicInfo>& topic, std::uint64_t sequence,
               std::uint64_t first_index, std::uint32_t count, Gap gap = {},
               std::uint32_t epoch = 1);
  // The three parts of that frame.
  static std::vector<std::string> frame(const std::shared_ptr<const TopicInfo>& topic,
                                        std::uint64_t sequence, std::uint64_t first_index,
                                        std::uint32_t count, Gap gap = {}, std::uint32_t epoch = 1);

 private:
  zmq::context_t context_;
  zmq::socket_t socket_;
};

// The control socket, answered by a function on a thread of its own until the object ends.
class FakeControl {
 public:
  // Gives the raw reply parts; none: no reply.
  using Answer = std::function<std::vector<std::string>(const v1::Request&)>;

  FakeControl(const std::string& endpoint, Answer answer);

 private:
  void run(const std::stop_token& stop);

  zmq::context_t context_;
  zmq::socket_t socket_;
  Answer answer_;
  std::jthread thread_;
};

}  // namespace acq::testing
