#include "clients/cpp/subscriber.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "clients/cpp/connection.h"
#include "clients/cpp/description.h"
#include "dsp/base/clock.h"
#include "proto/codec.h"
#include "proto/limits.h"
#include "proto/topic.h"

namespace acq::client {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kLeastFrames = 32;
// Topics told apart under prefix subscriptions: bounds what a false publisher can make us keep.
constexpr std::size_t kTopics = 1024;

std::span<const std::byte> bytes_of(const zmq::message_t& part) noexcept {
  return {static_cast<const std::byte*>(part.data()), part.size()};
}

struct Topic {
  StreamTracker tracker;
  std::shared_ptr<const TopicInfo> description;
};

}  // namespace

struct Subscriber::Impl {
  std::unique_ptr<Connection> connection;
  std::set<std::string, std::less<>> patterns;
  std::map<std::string, Topic, std::less<>> topics;
  Malformed malformed;
  std::uint64_t filtered = 0;
  zmq::message_t parts[3];

  bool receive_parts();
  Topic* topic_of(std::string_view name);
  bool take(ReceivedFrame& frame);
  void take_description(Topic& topic, const FrameHeader& header);
};

Subscriber::Subscriber(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Subscriber::Subscriber(Subscriber&&) noexcept = default;
Subscriber& Subscriber::operator=(Subscriber&&) noexcept = default;
Subscriber::~Subscriber() = default;

Result<Subscriber> Subscriber::connect(const std::string& endpoint,
                                       const SubscriberOptions& options) {
  const std::size_t frames = options.budget_bytes / std::max<std::size_t>(options.frame_bytes, 1);
  ConnectionOptions connection{.type = zmq::socket_type::sub,
                               .heartbeat = options.heartbeat,
                               .max_message_bytes = limits::kFrameBytes};
  connection.receive_high_water =
      static_cast<int>(std::clamp<std::size_t>(frames, kLeastFrames, 1U << 20));
  auto opened = Connection::open(endpoint, connection);
  if (!opened) return tl::unexpected(opened.error());
  auto impl = std::make_unique<Impl>();
  impl->connection = std::move(*opened);
  return Subscriber(std::move(impl));
}

Result<void> Subscriber::subscribe(std::string_view pattern) {
  const bool is_prefix = pattern.ends_with('/') && is_valid_topic(std::string(pattern) + "x");
  if (!is_prefix && !is_valid_topic(pattern)) {
    return fail(Code::kInvalid, "'" + std::string(pattern.substr(0, 64)) + "' is not a topic",
                "topic", "d/INSTRUMENT/NAME, s/NAME, e/NAME, or a prefix that ends with a slash");
  }
  if (!impl_->patterns.emplace(pattern).second) return {};
  impl_->connection->socket().set(zmq::sockopt::subscribe, pattern);
  return {};
}

Result<void> Subscriber::unsubscribe(std::string_view pattern) {
  const auto at = impl_->patterns.find(pattern);
  if (at == impl_->patterns.end()) {
    return fail(Code::kNotFound, "'" + std::string(pattern.substr(0, 64)) + "' is not subscribed",
                "topic");
  }
  impl_->patterns.erase(at);
  impl_->connection->socket().set(zmq::sockopt::unsubscribe, pattern);
  std::erase_if(impl_->topics, [&](const auto& entry) {
    return std::none_of(
        impl_->patterns.begin(), impl_->patterns.end(),
        [&](const std::string& other) { return topic_matches(other, entry.first); });
  });
  return {};
}

Result<bool> Subscriber::receive(ReceivedFrame& frame, std::chrono::milliseconds timeout) {
  const auto deadline = Steady::now() + timeout;
  try {
    while (true) {
      while (impl_->receive_parts()) {
        if (impl_->take(frame)) return true;
        if (Steady::now() >= deadline) return false;
      }
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Steady::now());
      if (left.count() <= 0) return false;
      zmq::pollitem_t item{impl_->connection->socket().handle(), 0, ZMQ_POLLIN, 0};
      if (zmq::poll(&item, 1, left) == 0) return false;
    }
  } catch (const zmq::error_t& error) {
    if (error.num() == EINTR) return false;
    return fail(Code::kIo, std::string("cannot receive: ") + error.what(), "endpoint");
  }
}

// The parts of the next message; false when there is none. Parts beyond the third are dropped.
bool Subscriber::Impl::receive_parts() {
  zmq::socket_t& socket = connection->socket();
  while (true) {
    std::size_t count = 0;
    bool has_more = true;
    zmq::message_t surplus;
    while (has_more) {
      zmq::message_t& part = count < 3 ? parts[count] : surplus;
      // The parts of a message arrive together: only the first can be missing.
      const auto flags = count == 0 ? zmq::recv_flags::dontwait : zmq::recv_flags::none;
      if (!socket.recv(part, flags)) return false;
      has_more = part.more();
      ++count;
    }
    if (count == 3) return true;
    ++malformed.parts;
    malformed.last = "a message of " + std::to_string(count) + " parts instead of 3";
  }
}

// Null for a message that is not ours to look at.
Topic* Subscriber::Impl::topic_of(std::string_view name) {
  if (const auto known = topics.find(name); known != topics.end()) return &known->second;
  if (!is_valid_topic(name) || topics.size() >= kTopics) {
    ++malformed.topics;
    malformed.last = topics.size() >= kTopics ? "too many topics" : "the topic is not a name";
    return nullptr;
  }
  const bool is_wanted =
      std::any_of(patterns.begin(), patterns.end(),
                  [&](const std::string& pattern) { return topic_matches(pattern, name); });
  if (!is_wanted) {
    ++filtered;
    return nullptr;
  }
  return &topics[std::string(name)];
}

// True when the parts are a frame to be given out.
bool Subscriber::Impl::take(ReceivedFrame& frame) {
  const std::string_view name = parts[0].to_string_view();
  Topic* topic = topic_of(name);
  if (topic == nullptr) return false;
  const auto decoded = decode_header(bytes_of(parts[1]), parts[2].size(), frame.header_);
  if (!decoded) {
    ++malformed.headers;
    malformed.last = decoded.error().sentence;
    return false;
  }
  const FrameHeader& header = frame.header_;
  if (header.crc32c != 0 && crc32c(bytes_of(parts[2])) != header.crc32c) {
    ++malformed.checksums;
    malformed.last = "the checksum of a payload is wrong";
    return false;
  }
  if (header.kind == Kind::kDescription) {
    take_description(*topic, header);
    return false;
  }
  frame.arrival_ = topic->tracker.track(header);
  if (frame.arrival_.kind == Arrival::Kind::kDuplicate) return false;
  frame.received_ns_ = system_clock().now_ns();
  frame.topic_ = name;
  frame.take_payload(parts[2]);
  const bool is_described =
      topic->description && topic->description->descriptor_id == header.descriptor_id;
  frame.description_ = is_described ? topic->description : nullptr;
  return true;
}

void Subscriber::Impl::take_description(Topic& topic, const FrameHeader& header) {
  if (topic.description && topic.description->descriptor_id == header.descriptor_id) return;
  auto decoded = decode_description(bytes_of(parts[2]));
  if (!decoded) {
    ++malformed.descriptions;
    malformed.last = decoded.error().sentence;
    return;
  }
  decoded->descriptor_id = header.descriptor_id;
  topic.description = std::make_shared<const TopicInfo>(std::move(*decoded));
}

TopicState Subscriber::state(std::string_view topic) const {
  const auto at = impl_->topics.find(topic);
  if (at == impl_->topics.end()) return {};
  return {.losses = at->second.tracker.losses(), .description = at->second.description};
}

std::vector<std::string> Subscriber::topics() const {
  std::vector<std::string> names;
  for (const auto& [name, topic] : impl_->topics) names.push_back(name);
  return names;
}

const Malformed& Subscriber::malformed() const noexcept {
  return impl_->malformed;
}
std::uint64_t Subscriber::filtered() const noexcept {
  return impl_->filtered;
}
bool Subscriber::is_connected() {
  return impl_->connection->is_connected();
}
void* Subscriber::native_socket() noexcept {
  return impl_->connection->socket().handle();
}

}  // namespace acq::client
