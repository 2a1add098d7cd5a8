// The model behind VXI-11.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "tests/support/loopback.h"
#include "tests/support/scpi_device.h"

namespace acq::test {

// Core, abort and interrupt channels and a port mapper on the loopback interface, written from
// VXI-11 and the RPC standards without a line of the client's code. Each connection has its thread.
class Vxi11Server {
 public:
  struct Options {
    std::uint16_t core_port = 0;
    std::uint16_t mapper_port = 0;  // 111 where the rights are there, for clients that insist
    std::uint32_t most_bytes = 4096;
    std::size_t links = 100;
    // Sees each reply before it is sent, and may change its bytes; on the connection's thread.
    std::function<void(std::string& record)> spoil = {};
  };

  explicit Vxi11Server(ScpiDevice& device) : Vxi11Server(device, {}) {}
  Vxi11Server(ScpiDevice& device, Options options);

  // By the port mapper, or straight to the core channel.
  [[nodiscard]] std::string address() const;
  [[nodiscard]] std::string core_address() const;
  [[nodiscard]] std::uint16_t core_port() const noexcept { return core_.port(); }
  [[nodiscard]] std::uint16_t mapper_port() const noexcept { return mapper_.port(); }
  [[nodiscard]] std::size_t longest_write() const noexcept { return longest_; }
  [[nodiscard]] std::size_t link_count();

 private:
  struct Call;
  struct Session {
    std::string input;
    std::string output;
    std::chrono::steady_clock::time_point due{};
    std::optional<std::size_t> cut_at;
    bool is_aborted = false;
    bool has_calls = false;  // device_enable_srq
    std::string handle;
  };

  void run(Listener& listener, const std::stop_token& stop);
  void serve(ByteStream& stream, const std::stop_token& stop);
  // The results of one call; empty: the connection shall end.
  std::optional<std::string> execute(const Call& call, const std::stop_token& stop);
  std::string map_port(const Call& call) const;
  std::string core(const Call& call, const std::stop_token& stop);
  std::string create_link();
  std::string write(const Call& call);
  std::string read(const Call& call, const std::stop_token& stop);
  std::string simple(const Call& call);
  std::string open_interrupt(const Call& call);
  std::string enable_calls(const Call& call);
  void ring(const std::stop_token& stop);
  std::shared_ptr<Session> session_of(const Call& call);

  ScpiDevice& device_;
  Options options_;
  Listener core_;
  Listener abort_;
  Listener mapper_;
  std::mutex mutex_;
  std::map<std::uint32_t, std::shared_ptr<Session>> links_;
  std::uint32_t last_link_ = 0;
  std::unique_ptr<ByteStream> interrupt_;
  std::atomic<std::size_t> longest_ = 0;
  std::jthread core_thread_;
  std::jthread abort_thread_;
  std::jthread mapper_thread_;
  std::jthread bell_thread_;
};

}  // namespace acq::test
