#include "clients/cpp/connection.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace acq::client {
namespace {

constexpr const char* kMonitor = "inproc://monitor";
constexpr int kReconnectFirstMs = 100;
constexpr int kReconnectSlowestMs = 2000;
// Heartbeats missed in a row before the peer is given up.
constexpr int kMissedHeartbeats = 3;

// A peer that is asked and answers: ZeroMQ's own heartbeats, which notice a process that stands still.
void set_heartbeats(zmq::socket_t& socket, int heartbeat_ms) {
  socket.set(zmq::sockopt::heartbeat_ivl, heartbeat_ms);
  socket.set(zmq::sockopt::heartbeat_timeout, kMissedHeartbeats * heartbeat_ms);
  socket.set(zmq::sockopt::heartbeat_ttl, kMissedHeartbeats * heartbeat_ms);
}

// A peer that only sends: the kernel's. Whose queue is full reads no answers to ZeroMQ's heartbeats,
// gives a healthy connection up, and libzmq may abort when the queue is read again
// (zeromq/libzmq #3937: Assertion failed: _input_stopped).
void set_keepalive(zmq::socket_t& socket, int heartbeat_ms) {
  const int heartbeat_s = std::max(1, (heartbeat_ms + 999) / 1000);
  socket.set(zmq::sockopt::tcp_keepalive, 1);
  socket.set(zmq::sockopt::tcp_keepalive_idle, heartbeat_s);
  socket.set(zmq::sockopt::tcp_keepalive_intvl, heartbeat_s);
  socket.set(zmq::sockopt::tcp_keepalive_cnt, kMissedHeartbeats - 1);
}

}  // namespace

Connection::Connection(const std::string& endpoint, const ConnectionOptions& options)
    : endpoint_(endpoint),
      context_(1),
      socket_(context_, options.type),
      monitor_(context_, zmq::socket_type::pair) {
  const auto heartbeat_ms = static_cast<int>(options.heartbeat.count());
  socket_.set(zmq::sockopt::linger, 0);
  if (options.type == zmq::socket_type::dealer) {
    // Requests wait for a daemon in the caller's deadline, not in a queue for whoever comes.
    socket_.set(zmq::sockopt::immediate, true);
    set_heartbeats(socket_, heartbeat_ms);
  } else {
    set_keepalive(socket_, heartbeat_ms);
  }
  socket_.set(zmq::sockopt::rcvhwm, options.receive_high_water);
  socket_.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(options.max_message_bytes));
  socket_.set(zmq::sockopt::reconnect_ivl, kReconnectFirstMs);
  socket_.set(zmq::sockopt::reconnect_ivl_max, kReconnectSlowestMs);
  monitor_.set(zmq::sockopt::linger, 0);
  const int events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED;
  if (zmq_socket_monitor(socket_.handle(), kMonitor, events) != 0) throw zmq::error_t();
  monitor_.connect(kMonitor);
  socket_.connect(endpoint);
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& endpoint,
                                                     const ConnectionOptions& options) {
  try {
    return std::unique_ptr<Connection>(new Connection(endpoint, options));
  } catch (const zmq::error_t& error) {
    if (error.num() == EMFILE || error.num() == ENOMEM) {
      return fail(Code::kIo, std::string("no ZeroMQ socket: ") + error.what(), "endpoint");
    }
    return fail(Code::kInvalid,
                "cannot connect to '" + endpoint.substr(0, 64) + "': " + error.what(), "endpoint",
                "ipc://PATH or tcp://HOST:PORT");
  }
}

// Each event is two parts: number and value, then the address.
std::uint64_t Connection::number() noexcept {
  zmq_msg_t part;
  zmq_msg_init(&part);
  while (zmq_msg_recv(&part, monitor_.handle(), ZMQ_DONTWAIT) >= 0) {
    std::uint16_t event = 0;
    if (zmq_msg_size(&part) >= sizeof event) {
      std::memcpy(&event, zmq_msg_data(&part), sizeof event);
      is_connected_ = event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
      if (is_connected_) ++count_;
    }
    while (zmq_msg_more(&part) != 0 && zmq_msg_recv(&part, monitor_.handle(), 0) >= 0) {
    }
  }
  zmq_msg_close(&part);
  return is_connected_ ? count_ : 0;
}

}  // namespace acq::client
