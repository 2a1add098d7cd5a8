#include "daemon/control.h"

#include <algorithm>

#include "acq/v1/control.pb.h"
#include "daemon/verbs.h"
#include "proto/limits.h"
#include "proto/messages.h"

namespace acq {
namespace {

constexpr int kRequestsPerTurn = 32;  // before the rest of the control thread has its turn
constexpr std::size_t kMostPeers = 1024;
// Answers on their way to one peer; ZeroMQ drops what is beyond. At most kRequestBurst of them are large,
// the others say `busy`: a peer that floods and reads gets them all, though the machine be loaded.
constexpr int kAnswersWaiting = 512;

std::span<const std::byte> bytes_of(const zmq::message_t& message) {
  return {message.data<std::byte>(), message.size()};
}

}  // namespace

Control::Control(Daemon& daemon, StatusReport& status, const Clock& clock)
    : daemon_(daemon),
      status_(status),
      clock_(clock),
      socket_(std::make_unique<zmq::socket_t>(daemon.context(), zmq::socket_type::router)) {
  socket_->set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(limits::kControlBytes));
  socket_->set(zmq::sockopt::rcvhwm, 64);
  socket_->set(zmq::sockopt::sndhwm, kAnswersWaiting);
  socket_->set(zmq::sockopt::heartbeat_ivl, 1000);
  socket_->set(zmq::sockopt::heartbeat_timeout, 3000);
  socket_->set(zmq::sockopt::linger, 200);
}

Control::~Control() = default;

Result<void> Control::bind(const std::vector<std::string>& endpoints) {
  for (const std::string& endpoint : endpoints) {
    try {
      socket_->bind(endpoint);
    } catch (const zmq::error_t& error) {
      return fail(Code::kIo, "cannot bind " + endpoint + ": " + error.what(), "control.bind");
    }
    endpoints_.push_back(socket_->get(zmq::sockopt::last_endpoint));
  }
  return {};
}

void* Control::handle() noexcept {
  return socket_->handle();
}

// A token bucket for each peer: bursts pass, floods do not.
bool Control::admit(const std::string& peer) {
  const std::int64_t now_ns = clock_.now_ns();
  if (buckets_.size() >= kMostPeers && !buckets_.contains(peer)) buckets_.clear();
  auto [found, is_new] = buckets_.try_emplace(peer, Bucket{limits::kRequestBurst, now_ns});
  Bucket& bucket = found->second;
  const double elapsed_s = static_cast<double>(now_ns - bucket.filled_ns) * 1e-9;
  bucket.tokens =
      std::min(limits::kRequestBurst, bucket.tokens + elapsed_s * limits::kRequestsPerSecond);
  bucket.filled_ns = now_ns;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

void Control::serve() {
  for (int i = 0; i < kRequestsPerTurn; ++i) {
    zmq::message_t peer;
    if (!socket_->recv(peer, zmq::recv_flags::dontwait)) return;
    zmq::message_t body;
    int parts = 0;
    for (bool has_more = peer.more(); has_more; ++parts) {
      zmq::message_t part;
      (void)socket_->recv(part, zmq::recv_flags::none);
      has_more = part.more();
      if (parts == 0) body = std::move(part);
    }
    ++status_.requests;
    v1::Reply reply;
    const auto request = parts == 1
                             ? decode_request(bytes_of(body))
                             : Result<v1::Request>(fail(
                                   Code::kInvalid, "a request is one message part", "", "1 part"));
    if (request) reply.set_id(request->id());
    if (!admit(peer.to_string())) {
      set_error({Code::kBusy, "too many requests", "", "50 a second, bursts of 100"}, reply);
    } else if (!request) {
      set_error(request.error(), reply);
    } else {
      answer(*request, reply);
    }
    if (reply.code() != v1::OK) ++status_.refused;
    const std::string bytes = encode_reply(reply);
    try {
      socket_->send(peer, zmq::send_flags::sndmore | zmq::send_flags::dontwait);
      socket_->send(zmq::buffer(bytes), zmq::send_flags::dontwait);
    } catch (const zmq::error_t&) {
      ++status_.refused;  // the peer is gone; its answer with it
    }
  }
}

void Control::answer(const v1::Request& request, v1::Reply& reply) {
  Verbs verbs{daemon_};
  switch (request.verb_case()) {
    case v1::Request::kHello: return verbs.hello(reply);
    case v1::Request::kList: return verbs.list(request.list(), reply);
    case v1::Request::kDescribe: return verbs.describe(request.describe(), reply);
    case v1::Request::kGet: return verbs.get(request.get(), reply);
    case v1::Request::kSet:
      return verbs.set(request.set().assignments(), request.set().dry_run(), reply);
    case v1::Request::kNegotiate: return verbs.negotiate(request.negotiate().assignments(), reply);
    case v1::Request::kStart: return verbs.start(request.start().instrument(), reply);
    case v1::Request::kStop: return verbs.stop(request.stop().instrument(), reply);
    case v1::Request::kConfigure:
      if (request.configure().what_case() == v1::Configure::kReload) {
        return verbs.report(on_reload(request.configure().dry_run()), reply);
      }
      return verbs.configure(request.configure(), reply);
    case v1::Request::kSubscribeInfo: return verbs.subscribe_info(reply);
    case v1::Request::kStats: return status_.fill(daemon_, *reply.mutable_stats(), false);
    case v1::Request::kCaptureTransport:
      return verbs.capture_transport(request.capture_transport(), reply);
    case v1::Request::kReadCapture: return verbs.read_capture(request.read_capture(), reply);
    case v1::Request::kShutdown: return on_shutdown();
    case v1::Request::kRecord: return verbs.record(request.record(), reply);
    case v1::Request::VERB_NOT_SET: break;
  }
  set_error(
      {Code::kInvalid, "the request has no verb", "verb", "one of the verbs of control.proto"},
      reply);
}

}  // namespace acq
