#include "tests/support/hislip_server.h"

#include <algorithm>
#include <array>

#include "dsp/base/clock.h"

namespace acq::test {
namespace {

enum Type {
  kInitialize = 0,
  kInitializeResponse = 1,
  kFatalError = 2,
  kError = 3,
  kAsyncLock = 4,
  kAsyncLockResponse = 5,
  kData = 6,
  kDataEnd = 7,
  kDeviceClearComplete = 8,
  kDeviceClearAcknowledge = 9,
  kAsyncRemoteLocalControl = 10,
  kAsyncRemoteLocalResponse = 11,
  kTrigger = 12,
  kInterrupted = 13,
  kAsyncInterrupted = 14,
  kAsyncMaxMsgSize = 15,
  kAsyncMaxMsgSizeResponse = 16,
  kAsyncInitialize = 17,
  kAsyncInitializeResponse = 18,
  kAsyncDeviceClear = 19,
  kAsyncServiceRequest = 20,
  kAsyncStatusQuery = 21,
  kAsyncStatusResponse = 22,
  kAsyncDeviceClearAcknowledge = 23,
  kAsyncLockInfo = 24,
  kAsyncLockInfoResponse = 25,
};

constexpr std::int64_t kForever = INT64_MAX;
constexpr std::int64_t kTick_ns = 1'000'000;
constexpr std::uint64_t kMostPayload_bytes = 64 << 20;
constexpr std::size_t kHeader_bytes = 16;

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::string big_endian(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}

bool read_exactly(ByteStream& stream, std::string& out, std::size_t bytes, const Until& until) {
  out.assign(bytes, '\0');
  for (std::size_t have = 0; have < bytes;) {
    const auto got = stream.read(std::as_writable_bytes(std::span(out)).subspan(have), until);
    if (!got) return false;
    have += *got;
  }
  return true;
}

}  // namespace

HislipServer::HislipServer(ScpiDevice& device, Options options, std::uint16_t port)
    : device_(device),
      options_(std::move(options)),
      listener_(port),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

std::string HislipServer::address() const {
  return "hislip://127.0.0.1:" + std::to_string(port()) + "/hislip0";
}

void HislipServer::run(const std::stop_token& stop) {
  std::list<std::jthread> threads;
  while (!stop.stop_requested()) {
    std::shared_ptr<ByteStream> stream = listener_.accept({.deadline_ns = kForever, .stop = stop});
    if (!stream) break;
    threads.emplace_back([this, stream = std::move(stream)](const std::stop_token& own) mutable {
      serve(stream, own);
      stream.reset();
    });
  }
}

// False at the deadline with nothing read, and when the connection is over.
bool HislipServer::receive(ByteStream& stream, Message& message, std::int64_t deadline_ns,
                           const std::stop_token& stop) {
  std::string header;
  std::string rest;
  if (!read_exactly(stream, header, 1, {.deadline_ns = deadline_ns, .stop = stop})) return false;
  const Until whole{.deadline_ns = kForever, .stop = stop};
  if (!read_exactly(stream, rest, kHeader_bytes - 1, whole)) return false;
  header += rest;
  if (!header.starts_with("HS")) {
    send(stream, {.type = kFatalError, .control = 1, .payload = "no header"});
    return false;
  }
  message.type = static_cast<unsigned char>(header[2]);
  message.control = static_cast<unsigned char>(header[3]);
  message.parameter = static_cast<std::uint32_t>(big_endian(header.substr(4, 4)));
  const std::uint64_t length = big_endian(header.substr(8, 8));
  longest_ = std::max(longest_.load(), static_cast<std::size_t>(length));
  return length <= kMostPayload_bytes && read_exactly(stream, message.payload, length, whole);
}

void HislipServer::send(ByteStream& stream, const Message& message) {
  std::string bytes = "HS";
  bytes += static_cast<char>(message.type);
  bytes += static_cast<char>(message.control);
  bytes += big_endian(message.parameter, 4) + big_endian(message.payload.size(), 8);
  bytes += message.payload;
  if (options_.spoil) options_.spoil(bytes);
  static_cast<void>(stream.write(std::as_bytes(std::span(bytes)), {.deadline_ns = kForever}));
}

void HislipServer::serve(const std::shared_ptr<ByteStream>& stream, const std::stop_token& stop) {
  Message message;
  if (!receive(*stream, message, kForever, stop)) return;
  std::shared_ptr<Session> session;
  if (message.type == kInitialize) {
    session = std::make_shared<Session>();
    {
      const std::lock_guard lock(mutex_);
      session->id = ++last_id_;
      sessions_[session->id] = session;
    }
    send(*stream, {.type = kInitializeResponse,
                   .control = options_.is_overlapped ? 1 : 0,
                   .parameter = 0x0100U << 16 | session->id});
    serve_sync(*stream, *session, stop);
    const std::lock_guard lock(mutex_);
    sessions_.erase(session->id);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(static_cast<std::uint16_t>(message.parameter));
    if (found != sessions_.end()) session = found->second;
  }
  if (message.type != kAsyncInitialize || !session) {
    send(*stream, {.type = kFatalError, .control = 3, .payload = "start with Initialize"});
    return;
  }
  {
    const std::lock_guard lock(session->mutex);
    session->async = stream;
    send(*stream, {.type = kAsyncInitializeResponse, .parameter = 0x7878});
  }
  serve_async(*stream, *session, stop);
}

void HislipServer::serve_sync(ByteStream& stream, Session& session, const std::stop_token& stop) {
  std::string input;
  Message message;
  while (receive(stream, message, kForever, stop)) {
    bool is_clearing = false;
    {
      const std::lock_guard lock(session.mutex);
      is_clearing = session.is_clearing;
    }
    if (message.type == kDeviceClearComplete) {
      input.clear();
      const std::lock_guard lock(session.mutex);
      session.is_clearing = session.has_answer = false;
      send(stream, {.type = kDeviceClearAcknowledge, .control = message.control & 1});
    } else if (is_clearing) {
      continue;
    } else if (message.type == kData || message.type == kDataEnd || message.type == kTrigger) {
      serve_data(stream, session, input, message, stop);
    } else {
      send(stream, {.type = kError, .control = 1, .payload = "unknown message"});
    }
  }
}

// A message that comes before the last answer was read to its end interrupts it (IVI-6.1, 3.1.1).
void HislipServer::acknowledge_delivery(ByteStream& stream, Session& session,
                                        const Message& message) {
  const std::lock_guard lock(session.mutex);
  if (session.has_answer && message.control == 0) {
    device_.report(-410, "Query INTERRUPTED");
    send(stream, {.type = kInterrupted, .parameter = message.parameter});
    if (session.async)
      send(*session.async, {.type = kAsyncInterrupted, .parameter = message.parameter});
  }
  session.has_answer = false;
}

void HislipServer::serve_data(ByteStream& stream, Session& session, std::string& input,
                              const Message& message, const std::stop_token& stop) {
  acknowledge_delivery(stream, session, message);
  if (message.type == kTrigger) {
    device_.trigger();
    return;
  }
  if (message.payload.size() > options_.most_bytes) {
    send(stream, {.type = kError, .control = 4, .payload = "message too large"});
    input.clear();
    return;
  }
  input += message.payload;
  if (message.type == kData) return;
  std::string whole = std::exchange(input, {});
  while (whole.ends_with('\n') || whole.ends_with('\r')) whole.pop_back();
  if (const auto reply = device_.execute(whole))
    answer(stream, session, message.parameter, *reply, stop);
}

void HislipServer::answer(ByteStream& stream, Session& session, std::uint32_t id,
                          const ScpiReply& reply, const std::stop_token& stop) {
  const auto due = std::chrono::steady_clock::now() + reply.delay;
  const auto is_clearing = [&] {
    const std::lock_guard lock(session.mutex);
    return session.is_clearing;
  };
  while (std::chrono::steady_clock::now() < due && !is_clearing() && !stop.stop_requested())
    system_clock().sleep_until(system_clock().now_ns() + kTick_ns, stop);
  if (is_clearing()) return;
  std::uint64_t most = 0;
  {
    const std::lock_guard lock(session.mutex);
    most = std::max<std::uint64_t>(session.client_most_bytes, kHeader_bytes + 1) - kHeader_bytes;
    session.has_answer = true;
  }
  std::string_view rest = reply.text;
  rest = rest.substr(0, reply.cut_at.value_or(rest.size()));
  const std::uint32_t number = options_.is_overlapped ? 0xffffffff : id;
  while (rest.size() > most) {
    send(stream,
         {.type = kData, .parameter = number, .payload = std::string(rest.substr(0, most))});
    rest.remove_prefix(most);
  }
  send(stream, {.type = kDataEnd, .parameter = number, .payload = std::string(rest)});
}

void HislipServer::serve_async(ByteStream& stream, Session& session, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Message message;
    const std::int64_t now_ns = system_clock().now_ns();
    if (receive(stream, message, now_ns + kTick_ns, stop)) {
      serve_request(stream, session, message);
    } else if (system_clock().now_ns() < now_ns + kTick_ns) {
      return;  // not the time, so the connection
    }
    if (!device_.take_service_request()) continue;
    const std::lock_guard lock(session.mutex);
    send(stream,
         {.type = kAsyncServiceRequest, .control = device_.status_byte(session.has_answer) | 64});
  }
}

void HislipServer::serve_request(ByteStream& stream, Session& session, const Message& message) {
  const std::lock_guard lock(session.mutex);
  switch (message.type) {
    case kAsyncMaxMsgSize:
      session.client_most_bytes = big_endian(message.payload);
      send(stream,
           {.type = kAsyncMaxMsgSizeResponse, .payload = big_endian(options_.most_bytes, 8)});
      break;
    case kAsyncDeviceClear:
      session.is_clearing = true;
      device_.clear();
      send(stream, {.type = kAsyncDeviceClearAcknowledge});
      break;
    case kAsyncStatusQuery:
      if (message.control == 1) session.has_answer = false;
      send(stream,
           {.type = kAsyncStatusResponse, .control = device_.status_byte(session.has_answer)});
      break;
    case kAsyncRemoteLocalControl:
      device_.set_remote(message.control == 1 || message.control >= 3);
      if (message.control == 6) device_.set_remote(false);
      send(stream, {.type = kAsyncRemoteLocalResponse});
      break;
    case kAsyncLock: send(stream, {.type = kAsyncLockResponse, .control = 1}); break;
    case kAsyncLockInfo: send(stream, {.type = kAsyncLockInfoResponse}); break;
    default: send(stream, {.type = kError, .control = 1, .payload = "unknown message"});
  }
}

}  // namespace acq::test
