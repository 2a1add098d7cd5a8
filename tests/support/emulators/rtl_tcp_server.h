// An emulated rtl_tcp server with an R820T dongle behind it.
//
// Its antenna receives one carrier. In test mode it sends the chip's 8-bit counter, so that every
// byte of a stream can be checked. Validated by rtl_433, in tests/system/test_radio.py.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <ostream>
#include <string>
#include <vector>

#include "tests/support/emulators/loopback_server.h"

namespace acq::test {

class RtlTcpServer {
 public:
  struct Options {
    std::uint16_t port = 0;
    double carrier_hz = 100.1e6;
    // Each message has at most so many bytes: odd numbers cut pairs.
    std::size_t message_bytes = 16384;
    // Sends as fast as it is read, instead of at the rate asked for.
    bool is_unpaced = false;
    std::string greeting = std::string("RTL0\0\0\0\5\0\0\0\35", 12);
  };
  struct Received {
    std::uint8_t code = 0;
    std::uint32_t value = 0;
    bool operator==(const Received&) const = default;
  };

  RtlTcpServer() : RtlTcpServer(Options()) {}
  explicit RtlTcpServer(Options options);

  [[nodiscard]] std::uint16_t port() const noexcept { return server_.port(); }
  void unplug() { server_.unplug(); }
  void plug() { server_.plug(); }
  // Sends nothing until `holds` is false again; the device goes on counting.
  void hold(bool holds) { holds_ = holds; }
  // Leaves out bytes, as a server does whose client is slow.
  void lose(std::uint64_t bytes) { to_lose_ += bytes; }

  // All commands since it was made, in order.
  [[nodiscard]] std::vector<Received> commands() const;
  // One line each: its code and its value.
  void list_commands(std::ostream& out) const;
  // The last value of a command; 0 when it never came.
  [[nodiscard]] std::uint32_t setting(std::uint8_t code) const;

 private:
  void serve(Peer& peer);
  bool take_commands(Peer& peer, std::vector<std::byte>& partial);
  void fill(std::vector<std::byte>& block);

  const Options options_;
  mutable std::mutex mutex_;
  std::vector<Received> commands_;
  std::map<std::uint8_t, std::uint32_t> settings_;
  std::atomic<bool> holds_ = false;
  std::atomic<std::uint64_t> to_lose_ = 0;
  std::uint64_t made_ = 0;  // bytes since it was made; on the serving thread
  double turn_ = 0;         // phase of the carrier
  LoopbackServer server_;   // last: its threads use the rest
};

}  // namespace acq::test
