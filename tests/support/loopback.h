// A listening TCP socket on the loopback interface.
#pragma once

#include <cstdint>

#include "drivers/transport/tcp.h"

namespace acq::test {

// Any thread may accept; closing happens in the destructor.
class Listener {
 public:
  // 0: a free port. A backlog of 0 with nobody accepting is a peer that never answers.
  explicit Listener(std::uint16_t port = 0, int backlog = 8);

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] HostPort address() const { return {.host = "127.0.0.1", .port = port_}; }
  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
  // A connection, or nullptr at the deadline.
  std::unique_ptr<DescriptorStream> accept(const Until& until);

 private:
  Descriptor socket_;
  std::uint16_t port_ = 0;
};

}  // namespace acq::test
