#include "drivers/discovery/mdns.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "drivers/transport/descriptor.h"
#include "drivers/transport/wait.h"
#include "dsp/base/clock.h"

namespace acq::dns {
namespace {

constexpr std::uint16_t kPort = 5353;
constexpr std::uint32_t kGroup = 0xe00000fb;  // 224.0.0.251
constexpr std::size_t kMostNetworks = 64;
// A question may be lost, and answers make new ones.
constexpr std::int64_t kAgain_ns = 300'000'000;

// An address of either family, as the calls of the system take it.
union SocketAddress {
  sockaddr_in6 ipv6;  // the longest first: {} clears it whole
  sockaddr_in ipv4;
  sockaddr any;

  [[nodiscard]] bool is_ipv6() const noexcept { return any.sa_family == AF_INET6; }
  [[nodiscard]] socklen_t size() const noexcept { return is_ipv6() ? sizeof ipv6 : sizeof ipv4; }
  [[nodiscard]] std::uint16_t port() const noexcept {
    return ntohs(is_ipv6() ? ipv6.sin6_port : ipv4.sin_port);
  }
};

// One of this machine's networks, in one family: its interface and our address there.
struct Network {
  std::string name;
  SocketAddress own;
};

struct Asker {
  Descriptor socket;
  Network network;
};

struct FreeAddresses {
  void operator()(ifaddrs* list) const noexcept { freeifaddrs(list); }
};

// Ours on a network that carries multicasts: for IPv6 the link-local one, which every such network
// has; none: no such address.
std::optional<SocketAddress> own_address(const ifaddrs& one) {
  constexpr unsigned kNeeded = IFF_UP | IFF_MULTICAST;
  if (one.ifa_addr == nullptr || (one.ifa_flags & kNeeded) != kNeeded) return {};
  SocketAddress own{};
  if (one.ifa_addr->sa_family == AF_INET) {
    std::memcpy(&own.ipv4, one.ifa_addr, sizeof own.ipv4);
    return own;
  }
  if (one.ifa_addr->sa_family != AF_INET6) return {};
  std::memcpy(&own.ipv6, one.ifa_addr, sizeof own.ipv6);
  if (!IN6_IS_ADDR_LINKLOCAL(&own.ipv6.sin6_addr)) return {};
  return own;
}

std::vector<Network> own_networks() {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, FreeAddresses> owner(list);
  std::vector<Network> found;
  for (const ifaddrs* one = list; one != nullptr && found.size() < kMostNetworks;
       one = one->ifa_next)
    if (const auto own = own_address(*one)) found.push_back({one->ifa_name, *own});
  return found;
}

template <typename T>
bool set_option(const Descriptor& socket, int level, int option, const T& value) {
  return setsockopt(socket.get(), level, option, &value, sizeof value) == 0;
}

// Questions go out on this network alone, as far as it reaches.
bool send_on(const Network& network, const Descriptor& socket) {
  constexpr int kHops = 255;
  if (network.own.is_ipv6()) {
    const auto index = static_cast<int>(network.own.ipv6.sin6_scope_id);
    return set_option(socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, index) &&
           set_option(socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, kHops);
  }
  return set_option(socket, IPPROTO_IP, IP_MULTICAST_IF, network.own.ipv4.sin_addr) &&
         set_option(socket, IPPROTO_IP, IP_MULTICAST_TTL, static_cast<unsigned char>(kHops));
}

// None: the network is not there any more, or its address is not usable yet.
Descriptor open_socket(const Network& network) {
  const SocketAddress& own = network.own;
  Descriptor made(socket(own.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const bool is_good =
      made.is_open() && send_on(network, made) && bind(made.get(), &own.any, own.size()) == 0;
  return is_good ? std::move(made) : Descriptor();
}

// Where all who answer on this network listen.
SocketAddress group_of(const Network& network) {
  SocketAddress group{};
  if (network.own.is_ipv6()) {
    group.ipv6.sin6_family = AF_INET6;
    group.ipv6.sin6_port = htons(kPort);
    group.ipv6.sin6_scope_id = network.own.ipv6.sin6_scope_id;
    inet_pton(AF_INET6, "ff02::fb", &group.ipv6.sin6_addr);
  } else {
    group.ipv4.sin_family = AF_INET;
    group.ipv4.sin_port = htons(kPort);
    group.ipv4.sin_addr.s_addr = htonl(kGroup);
  }
  return group;
}

void ask(std::span<const Asker> askers, const ServiceTable& table) {
  const std::vector<std::byte> query = encode_query(table.questions());
  // One network that refuses does not spoil the others.
  for (const Asker& asker : askers) {
    const SocketAddress group = group_of(asker.network);
    (void)sendto(asker.socket.get(), query.data(), query.size(), 0, &group.any, group.size());
  }
}

void receive(const Asker& from, ServiceTable& table) {
  std::array<std::byte, kMostBytes + 1> bytes;
  SocketAddress peer{};
  socklen_t peer_bytes = sizeof peer;
  const ssize_t size =
      recvfrom(from.socket.get(), bytes.data(), bytes.size(), 0, &peer.any, &peer_bytes);
  // Answers come from the port of the protocol, whoever they are for.
  if (size <= 0 || peer.port() != kPort) return;
  if (const auto message = decode_message(std::span(bytes).first(static_cast<std::size_t>(size))))
    table.add(*message, from.network.name);
}

}  // namespace

Result<std::vector<Service>> browse(std::span<const std::string_view> types, const Until& until) {
  std::vector<Asker> askers;
  for (Network& network : own_networks())
    if (Descriptor socket = open_socket(network); socket.is_open())
      askers.push_back({std::move(socket), std::move(network)});
  if (askers.empty())
    return fail(Code::kUnsupported, "this machine is on no network that carries multicasts");
  std::vector<pollfd> waits;
  for (const Asker& asker : askers) waits.push_back({asker.socket.get(), POLLIN, 0});

  ServiceTable table(types);
  std::int64_t ask_at_ns = 0;
  while (!is_over(until)) {
    const std::int64_t now_ns = system_clock().now_ns();
    if (now_ns >= ask_at_ns) {
      ask(askers, table);
      ask_at_ns = now_ns + kAgain_ns;
    }
    if (!wait_ready(waits, {std::min(ask_at_ns, until.deadline_ns), until.stop})) continue;
    for (std::size_t i = 0; i < waits.size(); ++i)
      if (waits[i].revents != 0) receive(askers[i], table);
  }
  return table.services();
}

}  // namespace acq::dns
