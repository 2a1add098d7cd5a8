#include "drivers/discovery/mdns.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "drivers/transport/descriptor.h"
#include "drivers/transport/wait.h"
#include "dsp/base/clock.h"

namespace acq::dns {
namespace {

constexpr std::uint16_t kPort = 5353;
constexpr std::uint32_t kGroup = 0xe00000fb;  // 224.0.0.251
constexpr std::size_t kMostNetworks = 32;
// A question may be lost, and answers make new ones.
constexpr std::int64_t kAgain_ns = 300'000'000;

struct FreeAddresses {
  void operator()(ifaddrs* list) const noexcept { freeifaddrs(list); }
};

// This machine's addresses on networks that carry multicasts.
std::vector<in_addr> own_addresses() {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, FreeAddresses> owner(list);
  std::vector<in_addr> found;
  for (const ifaddrs* one = list; one != nullptr && found.size() < kMostNetworks;
       one = one->ifa_next) {
    constexpr unsigned kNeeded = IFF_UP | IFF_MULTICAST;
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
    if ((one->ifa_flags & kNeeded) != kNeeded) continue;
    sockaddr_in address{};
    std::memcpy(&address, one->ifa_addr, sizeof address);
    found.push_back(address.sin_addr);
  }
  return found;
}

// None: the network is not there any more.
Descriptor open_socket(const in_addr& own) {
  Descriptor made(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!made.is_open()) return {};
  const unsigned char hops = 255;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr = own;
  const bool is_good =
      setsockopt(made.get(), IPPROTO_IP, IP_MULTICAST_IF, &own, sizeof own) == 0 &&
      setsockopt(made.get(), IPPROTO_IP, IP_MULTICAST_TTL, &hops, sizeof hops) == 0 &&
      bind(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  return is_good ? std::move(made) : Descriptor();
}

void ask(std::span<const Descriptor> sockets, const ServiceTable& table) {
  const std::vector<std::byte> query = encode_query(table.questions());
  sockaddr_in group{};
  group.sin_family = AF_INET;
  group.sin_port = htons(kPort);
  group.sin_addr.s_addr = htonl(kGroup);
  // One network that refuses does not spoil the others.
  for (const Descriptor& one : sockets)
    (void)sendto(one.get(), query.data(), query.size(), 0,
                 reinterpret_cast<const sockaddr*>(&group), sizeof group);
}

void receive(const Descriptor& from, ServiceTable& table) {
  std::array<std::byte, kMostBytes + 1> bytes;
  sockaddr_in peer{};
  socklen_t peer_bytes = sizeof peer;
  const ssize_t size = recvfrom(from.get(), bytes.data(), bytes.size(), 0,
                                reinterpret_cast<sockaddr*>(&peer), &peer_bytes);
  // Answers come from the port of the protocol, whoever they are for.
  if (size <= 0 || ntohs(peer.sin_port) != kPort) return;
  if (const auto message = decode_message(std::span(bytes).first(static_cast<std::size_t>(size))))
    table.add(*message);
}

}  // namespace

Result<std::vector<Service>> browse(std::span<const std::string_view> types, const Until& until) {
  std::vector<Descriptor> sockets;
  for (const in_addr& own : own_addresses())
    if (Descriptor one = open_socket(own); one.is_open()) sockets.push_back(std::move(one));
  if (sockets.empty())
    return fail(Code::kUnsupported, "this machine is on no network that carries multicasts");
  std::vector<pollfd> waits;
  for (const Descriptor& one : sockets) waits.push_back({one.get(), POLLIN, 0});

  ServiceTable table(types);
  std::int64_t ask_at_ns = 0;
  while (!is_over(until)) {
    const std::int64_t now_ns = system_clock().now_ns();
    if (now_ns >= ask_at_ns) {
      ask(sockets, table);
      ask_at_ns = now_ns + kAgain_ns;
    }
    if (!wait_ready(waits, {std::min(ask_at_ns, until.deadline_ns), until.stop})) continue;
    for (std::size_t i = 0; i < waits.size(); ++i)
      if (waits[i].revents != 0) receive(sockets[i], table);
  }
  return table.services();
}

}  // namespace acq::dns
