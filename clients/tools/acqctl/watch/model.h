// What the live view knows and does: keys, frames and replies in; a view and requests out.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "acq/v1/control.pb.h"
#include "clients/cpp/received_frame.h"
#include "clients/cpp/subscriber.h"
#include "clients/tools/acqctl/watch/history.h"
#include "clients/tools/acqctl/watch/view.h"

namespace acq::tool {

struct Key {
  enum class Kind : std::uint8_t {
    kCharacter,
    kUp,
    kDown,
    kPageUp,
    kPageDown,
    kEnter,
    kEscape,
    kBackspace,
    kTab,
  };
  Kind kind = Kind::kCharacter;
  char32_t character = 0;
};

// What a request is for, so that its reply finds its place.
enum class Purpose : std::uint8_t { kStatus, kTopics, kSettings, kSet };

// One thread. Knows neither sockets nor a terminal. Times are CLOCK_MONOTONIC in nanoseconds.
class Model {
 public:
  // `topic` is selected once it is there; empty: the first.
  Model(std::string control_endpoint, std::string topic);

  void on_key(Key key, int rows, std::int64_t now_ns);
  // Takes the frame's content.
  void on_frame(client::ReceivedFrame& frame);
  void on_reply(Purpose purpose, const v1::Reply& reply, std::int64_t now_ns);
  // Nobody answers.
  void on_silence();
  // Takes the subscriber's account of the topic shown, and works out rates.
  void on_losses(const client::TopicState& state, std::uint64_t malformed, std::int64_t now_ns);

  struct Request {
    Purpose purpose;
    v1::Request message;
  };
  // What is to be sent now.
  [[nodiscard]] std::vector<Request> take_requests(std::int64_t now_ns);

  // The topic to be subscribed to, and where; empty while not known.
  [[nodiscard]] const std::string& topic() const noexcept { return topic_; }
  [[nodiscard]] const std::string& data_endpoint() const noexcept { return data_endpoint_; }
  [[nodiscard]] bool is_done() const noexcept { return is_done_; }
  // With the newest picture, unless paused.
  [[nodiscard]] const View& view();

 private:
  void prompt_key(Key key, int rows, std::int64_t now_ns);
  void view_key(char32_t character);
  void open_prompt();
  void ask_settings();
  void close_prompt();
  void send_prompt(std::int64_t now_ns);
  void complete();
  void select(std::size_t number);
  void zoom(double factor);
  void say(std::string text, bool is_refusal, std::int64_t now_ns);
  void take_status(const v1::Status& status);
  void take_topics(const v1::SubscribeInfoReply& info);
  void take_settings(const v1::GetReply& reply);
  void take_applied(const v1::SetReply& reply, std::int64_t now_ns);

  View view_;
  History history_;
  std::string topic_;
  std::string data_endpoint_;
  std::map<std::string, v1::StreamDescriptor> descriptors_;
  bool is_done_ = false;

  std::string run_id_;
  std::map<std::string, std::uint64_t> lost_at_start_;  // by topic, in this run
  bool wants_topics_ = true;
  std::vector<Request> requests_;
  std::int64_t next_status_ns_ = 0;
  std::int64_t message_until_ns_ = 0;

  std::deque<double> latencies_s_;
  std::uint64_t frames_ = 0;
  std::uint64_t bytes_ = 0;
  std::int64_t rates_since_ns_ = 0;
};

}  // namespace acq::tool
