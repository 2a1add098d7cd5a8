// Names of hosts to addresses, in bounded time.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <vector>

#include "drivers/transport/until.h"
#include "dsp/base/result.h"

namespace acq {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

// The addresses of a host for TCP, in the order the system prefers. kNotFound: there is no such
// host; kTimeout: the name service did not answer, its late answer is dropped. Any thread.
Result<std::vector<SocketAddress>> resolve(const std::string& host, std::uint16_t port,
                                           const Until& until);

}  // namespace acq
