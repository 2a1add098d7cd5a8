// TCP connections to instruments.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "drivers/transport/descriptor.h"

namespace acq {

struct HostPort {
  std::string host;  // a name, or an address in figures without brackets
  std::uint16_t port = 0;
};

// "host:5025", "[::1]:5025"
std::string to_string(const HostPort& address);

// Connects to the first address of the host that answers; each address has its share of the time.
// Small messages are sent at once; a peer that went silent is noticed after about a minute.
// kNotFound: no such host; kTimeout; kDisconnected: refused or unreachable.
Result<std::unique_ptr<ByteStream>> connect_tcp(const HostPort& address, const Until& until);

// The same, past wires.h: a socket of this machine.
Result<std::unique_ptr<DescriptorStream>> connect_socket(const HostPort& address,
                                                         const Until& until);

}  // namespace acq
