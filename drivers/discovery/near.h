// Which of the addresses that peers announce may be connected to without a person's say.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/discovery/found.h"

namespace acq::discovery {

// The addresses of one of this machine's networks: the first `prefix_bits` bits of `address`.
struct Subnet {
  bool is_ipv6 = false;
  std::array<std::uint8_t, 16> address{};  // of IPv4 the first four
  int prefix_bits = 0;

  // "10.0.0.7/24", "fd99::1/64"; a prefix of -1 bits when it is none.
  static Subnet of(std::string_view text);
};

// Those of the interfaces that are up, without loopback.
std::vector<Subnet> own_subnets();

// Whoever answers multicast DNS is on one of our own networks, and so is its instrument; an answer
// may say anything. Takes away the addresses that are not to be connected to, and says so in the
// remark: those that lie beyond our own networks, loopback, hosts told by name alone, and ports below
// 1024 but the port mapper's, where no instrument listens and others may.
void leave_out_far(Found& found, std::span<const Subnet> own);

}  // namespace acq::discovery
