// A TCP server on loopback, for emulated instruments: it can be unplugged and plugged in again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/support/loopback.h"

namespace acq::test {

// One accepted connection. Calls end soon after a stop is asked for.
class Peer {
 public:
  Peer(ByteStream& stream, std::stop_token stop) noexcept
      : stream_(stream), stop_(std::move(stop)) {}

  // False: the other side is gone, or a stop was asked for.
  bool send(std::span<const std::byte> bytes);
  bool send(std::string_view text);
  // At least one byte within `timeout_ms`; 0: none came. -1: gone, or a stop was asked for.
  std::ptrdiff_t receive(std::span<std::byte> into, int timeout_ms);
  bool receive_all(std::span<std::byte> into);
  // Up to and without the line's end; false also for a line of more than 64 KiB.
  bool receive_line(std::string& line);
  [[nodiscard]] bool is_stopped() const noexcept { return stop_.stop_requested(); }

 private:
  ByteStream& stream_;
  std::stop_token stop_;
};

// Serves each connection on a thread of its own. Any thread may plug and unplug.
class LoopbackServer {
 public:
  using Serve = std::function<void(Peer&)>;

  // Listens at once; port 0: one that is free.
  explicit LoopbackServer(Serve serve, std::uint16_t port = 0);
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  // Cuts all connections and refuses new ones, until plug().
  void unplug();
  void plug();
  // How many connections were accepted so far.
  [[nodiscard]] std::size_t accepted() const;

 private:
  void accept_all(const std::stop_token& stop);

  Serve serve_;
  std::unique_ptr<Listener> listener_;
  std::uint16_t port_;
  mutable std::mutex mutex_;
  std::vector<std::jthread> connections_;
  std::size_t accepted_ = 0;
  std::jthread acceptor_;
};

}  // namespace acq::test
