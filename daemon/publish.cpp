#include "daemon/publish.h"

#include <pthread.h>

#include <algorithm>
#include <cstring>
#include <zmq.hpp>

#include "dsp/base/clock.h"
#include "proto/codec.h"
#include "proto/limits.h"

namespace acq {
namespace {

constexpr std::uint64_t kMostMarked = 4096;
// Around a payload: topic, header, and ZeroMQ's own bookkeeping.
constexpr std::uint64_t kOverheadBytes = 1024;
constexpr std::size_t kMostMessages = 4096;
constexpr int kFramesPerTurn = 16;  // of one topic, before the others have their turn
constexpr auto kIdle = std::chrono::milliseconds(1000);
constexpr std::uint64_t kLeastFrameBytes = 64;  // of a pool
constexpr auto kQuiet = std::chrono::milliseconds(20);
constexpr std::int64_t kMarkRetry_ns = 500'000'000;

void give_back(void* /*data*/, void* hint) {
  auto* frame = static_cast<Frame*>(hint);
  static_cast<FramePool*>(frame->pool)->give(frame);
}

// The payload as a message: large ones by reference while frames are plenty, small ones copied. A
// stopped subscriber holds references, and must not be able to take the last frames from the
// others.
zmq::message_t payload_of(Frame* frame) {
  auto* pool = static_cast<FramePool*>(frame->pool);
  if (frame->payload_bytes >= kBytesByReference && pool->free() > pool->size() / 4) {
    return {frame->payload, frame->payload_bytes, give_back, frame};
  }
  zmq::message_t message(frame->payload, frame->payload_bytes);
  pool->give(frame);
  return message;
}

}  // namespace

Publisher::Publisher(zmq::context_t& context, PublishOptions options, Health& health)
    : options_(std::move(options)),
      beat_(health.enlist("publish", [this] { return has_frames(); })),
      socket_(std::make_unique<zmq::socket_t>(context, zmq::socket_type::xpub)),
      header_(limits::kHeaderBytes) {
  beat_->rest();
  socket_->set(zmq::sockopt::xpub_verboser, 1);
  socket_->set(zmq::sockopt::heartbeat_ivl, static_cast<int>(options_.heartbeat_ms));
  // Counted from the first ping without an answer, which comes up to one interval after the peer
  // stopped: it is cut off after 2.5 to 3.5 intervals.
  socket_->set(zmq::sockopt::heartbeat_timeout, static_cast<int>(5 * options_.heartbeat_ms / 2));
  socket_->set(zmq::sockopt::heartbeat_ttl, static_cast<int>(3 * options_.heartbeat_ms));
  socket_->set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(limits::kControlBytes));
  constexpr int kLinger_ms = 200;
  constexpr int kLongLinger_ms = 10'000;
  socket_->set(zmq::sockopt::linger, options_.waits ? kLongLinger_ms : kLinger_ms);
  if (options_.waits) socket_->set(zmq::sockopt::xpub_nodrop, 1);
}

Publisher::~Publisher() {
  stop();
}

Result<void> Publisher::bind(std::uint64_t largest_frame_bytes) {
  mark_ = bound_mark_ = mark_for(largest_frame_bytes);
  socket_->set(zmq::sockopt::sndhwm, mark_);
  for (const std::string& endpoint : options_.bind) {
    try {
      socket_->bind(endpoint);
    } catch (const zmq::error_t& error) {
      return fail(Code::kIo, "cannot bind " + endpoint + ": " + error.what(), "publish.bind");
    }
    endpoints_.push_back(socket_->get(zmq::sockopt::last_endpoint));
  }
  try {
    socket_->bind(kFramesEndpoint);
  } catch (const zmq::error_t& error) {
    return fail(Code::kInternal,
                std::string("cannot bind ") + kFramesEndpoint + ": " + error.what());
  }
  return {};
}

void Publisher::start() {
  if (thread_.joinable()) return;
  thread_ = std::jthread([this](const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), "publish");
    run(stop);
  });
}

void Publisher::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  bell_->ring();
  thread_.join();
  thread_ = {};
}

bool Publisher::has_frames() const {
  return std::any_of(listed_.begin(), listed_.end(),
                     [](const std::shared_ptr<Topic>& topic) { return topic->ring.size() > 0; });
}

void Publisher::serve(std::vector<Served> topics) {
  listed_.clear();
  for (const Served& served : topics) listed_.push_back(served.topic);
  {
    const std::scoped_lock lock(mutex_);
    next_ = std::move(topics);
    has_next_ = true;
  }
  bell_->ring();
  if (!thread_.joinable()) take_changes();
}

void Publisher::post(Message message) {
  {
    const std::scoped_lock lock(mutex_);
    if (messages_.size() >= kMostMessages) {
      dropped_messages_.add(1);
      return;
    }
    messages_.push_back(std::move(message));
  }
  bell_->ring();
}

void Publisher::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    beat_->advance();
    take_changes();
    take_subscriptions();
    set_mark();
    send_messages();
    if (!send_frames()) wait(stop);
  }
  take_changes();
  while (send_frames()) beat_->advance();
  send_messages();
  beat_->rest();
}

void Publisher::wait(const std::stop_token& stop) {
  bell_->arm();
  beat_->rest();
  const bool has_work = std::any_of(served_.begin(), served_.end(),
                                    [](const Served& s) { return s.topic->ring.size() > 0; });
  bool has_messages = false;
  {
    const std::scoped_lock lock(mutex_);
    has_messages = !messages_.empty() || has_next_;
  }
  if (!has_work && !has_messages && !stop.stop_requested()) {
    zmq::pollitem_t items[] = {{socket_->handle(), 0, ZMQ_POLLIN, 0},
                               {nullptr, bell_->fd(), ZMQ_POLLIN, 0}};
    zmq::poll(items, 2, kIdle);
    if ((items[1].revents & ZMQ_POLLIN) != 0) bell_->clear();
  }
  bell_->disarm();
}

void Publisher::take_changes() {
  std::vector<Served> before;
  {
    const std::scoped_lock lock(mutex_);
    if (!has_next_) return;
    has_next_ = false;
    before = std::exchange(served_, std::move(next_));
    next_.clear();
  }
  for (Served& old : before) {
    const auto is_same = [&](const Served& s) { return s.topic == old.topic; };
    if (std::none_of(served_.begin(), served_.end(), is_same)) {
      while (Frame** frame = old.topic->ring.front()) {  // last frames of a topic that ends
        send(old, *frame);
        old.topic->ring.pop();
      }
    }
    if (old.pool) retired_.push_back(std::move(old.pool));
  }
  std::erase_if(retired_, [this](const std::shared_ptr<FramePool>& pool) {
    const auto is_served = [&](const Served& s) { return s.pool == pool; };
    return pool->free() == pool->size() || std::any_of(served_.begin(), served_.end(), is_served);
  });
  std::uint64_t largest = 0;
  for (const Served& served : served_) {
    if (served.pool) largest = std::max<std::uint64_t>(largest, served.pool->frame_bytes());
  }
  want_mark(largest);
  for (Served& served : served_) {
    std::uint32_t count = 0;
    for (const auto& [prefix, peers] : prefixes_) {
      if (served.topic->name.starts_with(prefix)) count += peers;
    }
    served.topic->subscribers.store(count, std::memory_order_relaxed);
  }
}

// ZeroMQ counts messages and people count bytes: the mark follows the largest frame that is served.
int Publisher::mark_for(std::uint64_t frame_bytes) const noexcept {
  return static_cast<int>(
      std::clamp(options_.budget_bytes / (std::max(frame_bytes, kLeastFrameBytes) + kOverheadBytes),
                 kFewestMarked, kMostMarked));
}

void Publisher::want_mark(std::uint64_t frame_bytes) {
  const int mark = mark_for(frame_bytes);
  has_to_set_mark_ = has_to_set_mark_ || mark != mark_;
  mark_ = mark;
}

// Gives the connections there are the mark in force. ZeroMQ tells the other end of each, even of one
// that is being closed and whose other end may be gone by then: its I/O thread crashes. A closing
// connection exchanges commands with us within far less than kQuiet, so wait until there are none.
void Publisher::set_mark() {
  if (!has_to_set_mark_) return;
  const std::int64_t now_ns = system_clock().now_ns();
  if (now_ns < next_mark_try_ns_) return;
  next_mark_try_ns_ = now_ns + kMarkRetry_ns;
  static_cast<void>(socket_->get(zmq::sockopt::events));  // takes the commands that have come
  zmq::pollitem_t commands{nullptr, socket_->get(zmq::sockopt::fd), ZMQ_POLLIN, 0};
  if (zmq::poll(&commands, 1, kQuiet) != 0) return;
  socket_->set(zmq::sockopt::sndhwm, mark_);
  has_to_set_mark_ = false;
}

void Publisher::take_subscriptions() {
  zmq::message_t message;
  while (socket_->recv(message, zmq::recv_flags::dontwait)) {
    if (message.size() == 0) continue;
    const bool is_new = *message.data<std::uint8_t>() == 1;
    if (is_new && mark_ != bound_mark_) has_to_set_mark_ = true;
    subscribe(message.to_string().substr(1), is_new);
  }
}

void Publisher::subscribe(const std::string& prefix, bool is_new) {
  const auto found = std::find_if(prefixes_.begin(), prefixes_.end(),
                                  [&](const auto& p) { return p.first == prefix; });
  if (is_new) {
    if (found == prefixes_.end()) {
      prefixes_.emplace_back(prefix, 1);
    } else {
      ++found->second;
    }
    subscriptions_.set(subscriptions_.get() + 1);
  } else if (found != prefixes_.end()) {
    if (--found->second == 0) prefixes_.erase(found);
    subscriptions_.set(subscriptions_.get() - 1);
    if (options_.on_unsubscribed) options_.on_unsubscribed();
  } else {
    return;
  }
  for (Served& served : served_) {
    if (!served.topic->name.starts_with(prefix)) continue;
    if (is_new) {
      describe(served, served.info);
      served.topic->subscribers.fetch_add(1, std::memory_order_relaxed);
    } else {
      served.topic->subscribers.fetch_sub(1, std::memory_order_relaxed);
    }
  }
}

bool Publisher::send_frames() {
  bool has_sent = false;
  for (Served& served : served_) {
    for (int i = 0; i < kFramesPerTurn; ++i) {
      Frame** frame = served.topic->ring.front();
      if (frame == nullptr) break;
      send(served, *frame);
      served.topic->ring.pop();
      has_sent = true;
    }
  }
  return has_sent;
}

// One frame to everybody who subscribed. A frame nobody wants costs only its number.
void Publisher::send(Served& served, Frame* frame) {
  Topic& topic = *served.topic;
  const std::uint64_t sequence = topic.sequence++;
  if (frame->topic->descriptor_id != topic.described) describe(served, frame->topic);
  if (topic.subscribers.load(std::memory_order_relaxed) == 0) {
    static_cast<FramePool*>(frame->pool)->give(frame);
    return;
  }
  const std::uint32_t checksum =
      options_.has_checksum ? crc32c({frame->payload, frame->payload_bytes}) : 0;
  const std::size_t bytes = encode_header(*frame, sequence, checksum, header_);
  try {
    socket_->send(zmq::buffer(topic.name), zmq::send_flags::sndmore);
    socket_->send(zmq::buffer(header_.data(), bytes), zmq::send_flags::sndmore);
    socket_->send(payload_of(frame), zmq::send_flags::none);
    topic.sent_frames.add(1);
  } catch (const zmq::error_t&) {
    topic.send_errors.add(1);
  }
}

// A description carries the number of the frame that follows, and uses none itself.
void Publisher::describe(Served& served, const std::shared_ptr<const TopicInfo>& info) {
  served.topic->described = info->descriptor_id;
  const std::size_t bytes = encode_message_header(*info, Kind::kDescription, served.topic->sequence,
                                                  info->descriptor.size(), 0, header_);
  try {
    socket_->send(zmq::buffer(served.topic->name), zmq::send_flags::sndmore);
    socket_->send(zmq::buffer(header_.data(), bytes), zmq::send_flags::sndmore);
    socket_->send(zmq::buffer(info->descriptor), zmq::send_flags::none);
  } catch (const zmq::error_t&) {
    served.topic->send_errors.add(1);
  }
}

void Publisher::send_messages() {
  std::vector<Message> messages;
  {
    const std::scoped_lock lock(mutex_);
    messages.swap(messages_);
  }
  for (const Message& message : messages) {
    try {
      socket_->send(zmq::buffer(message.topic), zmq::send_flags::sndmore);
      socket_->send(zmq::buffer(message.header), zmq::send_flags::sndmore);
      socket_->send(zmq::buffer(message.payload), zmq::send_flags::none);
    } catch (const zmq::error_t&) {
      dropped_messages_.add(1);
    }
  }
}

}  // namespace acq
