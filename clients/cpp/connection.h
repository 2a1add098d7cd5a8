// A connected ZeroMQ socket with the options every client socket has. Internal to clients/cpp.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <zmq.hpp>

#include "dsp/base/result.h"

namespace acq::client {

struct ConnectionOptions {
  zmq::socket_type type = zmq::socket_type::sub;
  std::chrono::milliseconds heartbeat{1000};
  std::size_t max_message_bytes = 0;
  int receive_high_water = 1000;
};

// One thread. Not movable: ZeroMQ's context must outlive its sockets.
class Connection {
 public:
  // kInvalid: not an endpoint. kIo: no socket to be had.
  static Result<std::unique_ptr<Connection>> open(const std::string& endpoint,
                                                  const ConnectionOptions& options);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] zmq::socket_t& socket() noexcept { return socket_; }
  [[nodiscard]] const std::string& endpoint() const noexcept { return endpoint_; }
  // The number, from 1, of the connection in force: the peer has answered ZeroMQ's greeting and not
  // gone away since. 0: none.
  [[nodiscard]] std::uint64_t number() noexcept;
  [[nodiscard]] bool is_connected() noexcept { return number() != 0; }
  // Readable when number() may have changed; for zmq_poll().
  [[nodiscard]] void* monitor() noexcept { return monitor_.handle(); }

 private:
  Connection(const std::string& endpoint, const ConnectionOptions& options);

  std::string endpoint_;
  zmq::context_t context_;
  zmq::socket_t socket_;
  zmq::socket_t monitor_;
  bool is_connected_ = false;
  std::uint64_t count_ = 0;
};

}  // namespace acq::client
