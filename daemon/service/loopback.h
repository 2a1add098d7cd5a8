// Addresses that only programs on this machine can reach.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string_view>

#include "dsp/base/result.h"

namespace acq {

struct LoopbackAddress {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6{};
  };
  socklen_t size = 0;

  [[nodiscard]] int family() const noexcept { return any.sa_family; }
  [[nodiscard]] sockaddr* get() noexcept { return &any; }
  [[nodiscard]] std::uint16_t port() const noexcept;
};

// "127.0.0.1:9464", "[::1]:9464" or "localhost:9464"; no name is looked up, port 0 is any free one.
// kInvalid: not an address with a port; kDenied: not loopback.
Result<LoopbackAddress> parse_loopback(std::string_view text);

// The host alone: 127.x.y.z, [::1] or localhost.
bool is_loopback_host(std::string_view host);

}  // namespace acq
