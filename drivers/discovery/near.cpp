#include "drivers/discovery/near.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstddef>
#include <memory>
#include <optional>

#include "drivers/scpi/address.h"

namespace acq::discovery {
namespace {

constexpr std::uint16_t kMapperPort = 111;
constexpr std::uint16_t kFirstOpenPort = 1024;
// Where nothing is written the schemes have ports of their own, which instruments listen on.
constexpr std::uint16_t kOfScheme = kFirstOpenPort;

struct FreeAddresses {
  void operator()(ifaddrs* list) const noexcept { freeifaddrs(list); }
};

// In figures, without the network behind a '%'; no prefix when it is a name.
Subnet figures_of(std::string_view host) {
  const std::string text(host.substr(0, host.find('%')));
  Subnet subnet{.prefix_bits = -1};
  if (inet_pton(AF_INET, text.c_str(), subnet.address.data()) == 1) {
    subnet.prefix_bits = 32;
  } else if (inet_pton(AF_INET6, text.c_str(), subnet.address.data()) == 1) {
    subnet.is_ipv6 = true;
    subnet.prefix_bits = 128;
  }
  return subnet;
}

bool contains(const Subnet& subnet, const Subnet& one) {
  if (subnet.prefix_bits < 0 || subnet.is_ipv6 != one.is_ipv6) return false;
  const auto whole = static_cast<std::size_t>(subnet.prefix_bits / 8);
  if (!std::equal(subnet.address.begin(), subnet.address.begin() + whole, one.address.begin()))
    return false;
  if (subnet.prefix_bits % 8 == 0) return true;
  const int rest = 8 - subnet.prefix_bits % 8;
  return subnet.address[whole] >> rest == one.address[whole] >> rest;
}

bool is_loopback(const Subnet& one) {
  if (!one.is_ipv6) return one.address[0] == 127 || one.address[0] == 0;
  static const Subnet kMapped = Subnet::of("::ffff:0:0/96");
  static const Subnet kCompatible = Subnet::of("::/96");  // with "::" and "::1"
  return contains(kMapped, one) || contains(kCompatible, one);
}

bool is_link_local(const Subnet& one) {
  return contains(Subnet::of(one.is_ipv6 ? "fe80::/10" : "169.254.0.0/16"), one);
}

std::span<const std::uint8_t> bytes_of(const sockaddr& from, int family) {
  const auto* start = reinterpret_cast<const std::uint8_t*>(&from);
  return family == AF_INET6 ? std::span(start + offsetof(sockaddr_in6, sin6_addr), 16)
                            : std::span(start + offsetof(sockaddr_in, sin_addr), 4);
}

std::optional<Subnet> subnet_of(const ifaddrs& one) {
  if (one.ifa_addr == nullptr || one.ifa_netmask == nullptr) return {};
  if ((one.ifa_flags & IFF_UP) == 0 || (one.ifa_flags & IFF_LOOPBACK) != 0) return {};
  const int family = one.ifa_addr->sa_family;
  if (family != AF_INET && family != AF_INET6) return {};
  Subnet subnet{.is_ipv6 = family == AF_INET6};
  std::ranges::copy(bytes_of(*one.ifa_addr, family), subnet.address.begin());
  for (const std::uint8_t byte : bytes_of(*one.ifa_netmask, family))
    subnet.prefix_bits += std::popcount(byte);
  return subnet;
}

// Why it is not to be connected to; empty: it is.
std::string_view objection(std::string_view text, std::span<const Subnet> own) {
  const auto address = scpi::parse_address(text);
  const auto place =
      address ? scpi::host_and_port(*address, kOfScheme) : tl::unexpected<Error>(address.error());
  if (!place) return "that is no address";
  const Subnet host = figures_of(place->host);
  if (host.prefix_bits < 0) return "its address in figures was not told";
  if (is_loopback(host)) return "no peer is at loopback";
  const bool is_near =
      is_link_local(host) ||
      std::any_of(own.begin(), own.end(), [&](const auto& s) { return contains(s, host); });
  if (!is_near) return "that is on none of this machine's networks";
  const auto mapper = address->options.find("mapper");
  std::uint16_t port = place->port;
  if (mapper != address->options.end()) {
    port = 0;
    std::from_chars(mapper->second.data(), mapper->second.data() + mapper->second.size(), port);
  }
  if (port < kFirstOpenPort && port != kMapperPort) return "no instrument listens on such a port";
  return "";
}

}  // namespace

Subnet Subnet::of(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  Subnet subnet = figures_of(text.substr(0, slash));
  int bits = -1;
  if (slash < text.size())
    std::from_chars(text.data() + slash + 1, text.data() + text.size(), bits);
  subnet.prefix_bits = std::min(bits, subnet.prefix_bits);
  return subnet;
}

std::vector<Subnet> own_subnets() {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, FreeAddresses> owner(list);
  std::vector<Subnet> found;
  for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next)
    if (const auto subnet = subnet_of(*one)) found.push_back(*subnet);
  return found;
}

void leave_out_far(Found& found, std::span<const Subnet> own) {
  std::string told;
  std::erase_if(found.addresses, [&](const std::string& address) {
    const std::string_view why = objection(address, own);
    if (why.empty()) return false;
    told += (told.empty() ? "not asked at " : ", ") + address + " (" + std::string(why) + ")";
    return true;
  });
  if (told.empty()) return;
  found.remark += (found.remark.empty() ? "" : "; ") + told;
}

}  // namespace acq::discovery
