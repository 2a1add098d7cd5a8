#include "clients/tools/acqctl/watch/link.h"

#include <unistd.h>
#include <zmq.h>

#include <cstdlib>

#include "dsp/base/clock.h"

namespace acq::tool {
namespace {

// Longer than a busy daemon takes; then it counts as away.
constexpr std::int64_t kSilence = 2'500'000'000;
// Frames are taken for so long at a time; what does not fit waits, and is lost in transport at
// last.
constexpr std::int64_t kTurn = 20'000'000;

}  // namespace

Result<Link> Link::open(const Options& options) {
  auto control = connect_control(options);
  if (!control) return tl::unexpected(control.error());
  return Link(options, std::move(*control));
}

void Link::wait(std::chrono::milliseconds timeout) {
  zmq_pollitem_t items[] = {{nullptr, STDIN_FILENO, ZMQ_POLLIN, 0},
                            {control_.native_socket(), 0, ZMQ_POLLIN, 0},
                            {nullptr, 0, ZMQ_POLLIN, 0}};
  if (subscriber_) items[2].socket = subscriber_->native_socket();
  // A signal, such as a change of size, ends the wait early, which is what it is for.
  zmq_poll(items, subscriber_ ? 3 : 2, timeout.count());
}

Result<bool> Link::exchange(Model& model, std::int64_t now_ns) {
  send(model, now_ns);
  auto has_reply = take_replies(model, now_ns);
  if (!has_reply) return has_reply;
  if (auto ok = follow_topic(model); !ok) return tl::unexpected(ok.error());
  auto has_frame = take_frames(model, now_ns);
  if (!has_frame) return has_frame;
  return *has_reply || *has_frame;
}

void Link::send(Model& model, std::int64_t now_ns) {
  for (Model::Request& request : model.take_requests(now_ns)) {
    const auto id = control_.send(std::move(request.message));
    if (id) {
      pending_[*id] = {request.purpose, now_ns};
    } else {
      model.on_silence();
    }
  }
}

Result<bool> Link::take_replies(Model& model, std::int64_t now_ns) {
  bool has_come = false;
  while (true) {
    const auto reply = control_.take();
    if (!reply) return tl::unexpected(reply.error());
    if (!*reply) break;
    const auto request = pending_.find((*reply)->id());
    if (request == pending_.end()) continue;
    model.on_reply(request->second.purpose, **reply, now_ns);
    pending_.erase(request);
    has_come = true;
  }
  const auto overdue = std::erase_if(
      pending_, [&](const auto& entry) { return now_ns - entry.second.sent_ns > kSilence; });
  if (overdue > 0) model.on_silence();
  return has_come || overdue > 0;
}

Result<void> Link::follow_topic(Model& model) {
  std::string endpoint = options_.data;
  if (const char* given = std::getenv("ACQD_DATA"); endpoint.empty() && given != nullptr) {
    endpoint = given;
  }
  if (endpoint.empty()) endpoint = model.data_endpoint();
  if (endpoint.empty()) return {};
  if (!subscriber_ || endpoint != endpoint_) {
    auto connected = client::Subscriber::connect(endpoint);
    if (!connected) return tl::unexpected(connected.error());
    subscriber_.emplace(std::move(*connected));
    endpoint_ = endpoint;
    topic_.clear();
  }
  if (model.topic() == topic_) return {};
  if (!topic_.empty()) {
    if (auto ok = subscriber_->unsubscribe(topic_); !ok) return ok;
  }
  topic_ = model.topic();
  return topic_.empty() ? Result<void>{} : subscriber_->subscribe(topic_);
}

Result<bool> Link::take_frames(Model& model, std::int64_t now_ns) {
  if (!subscriber_) return false;
  bool has_come = false;
  const std::int64_t until_ns = now_ns + kTurn;
  while (system_clock().now_ns() < until_ns) {
    const auto got = subscriber_->receive(frame_, std::chrono::milliseconds(0));
    if (!got) return got;
    if (!*got) break;
    model.on_frame(frame_);
    has_come = true;
  }
  model.on_losses(subscriber_->state(topic_), subscriber_->malformed().total(), now_ns);
  return has_come;
}

}  // namespace acq::tool
