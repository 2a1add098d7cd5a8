// The model behind raw TCP sockets and pseudo-terminals.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "drivers/transport/byte_stream.h"
#include "tests/support/loopback.h"
#include "tests/support/scpi_device.h"

namespace acq::test {

// Serves messages that end with a newline until the stream or `stop` ends. True: an answer's plan
// was to cut the connection.
bool serve_lines(ByteStream& stream, ScpiDevice& device, const std::stop_token& stop);

// A raw socket on the loopback interface; each client has its thread.
class RawServer {
 public:
  explicit RawServer(ScpiDevice& device, std::uint16_t port = 0);
  [[nodiscard]] std::string address() const;
  [[nodiscard]] std::uint16_t port() const noexcept { return listener_.port(); }
  [[nodiscard]] int client_count() const noexcept { return clients_; }

 private:
  void run(const std::stop_token& stop);

  ScpiDevice& device_;
  Listener listener_;
  std::atomic<int> clients_ = 0;
  std::jthread thread_;
};

// A pseudo-terminal pair. Its other side stays open, so that clients may come and go.
class Pty {
 public:
  Pty();
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] DescriptorStream& master() noexcept { return *master_; }
  // Like pulling the cable.
  void unplug() noexcept;

 private:
  std::unique_ptr<DescriptorStream> master_;
  std::string path_;
  Descriptor slave_;
};

class PtyServer {
 public:
  explicit PtyServer(ScpiDevice& device);
  [[nodiscard]] std::string address() const { return "serial://" + pty_.path(); }

 private:
  Pty pty_;
  std::jthread thread_;
};

}  // namespace acq::test
