#include "proto/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <sys/un.h>
#include <charconv>
#include <string>
#include <system_error>

#include "proto/text.h"

namespace acq {
namespace {

constexpr const char* kEndpoints = "ipc://PATH, tcp://127.0.0.1:PORT, tcp://[::1]:PORT";
constexpr const char* kAddresses = "127.0.0.1:PORT, [::1]:PORT";
constexpr const char* kPorts = "1 to 65535";
// A path and its end fit the address of a local socket.
constexpr std::size_t kPathBytes = sizeof(sockaddr_un::sun_path) - 1;

bool is_loopback(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    in6_addr address{};
    const std::string text(host.substr(1, host.size() - 2));
    return inet_pton(AF_INET6, text.c_str(), &address) == 1 && IN6_IS_ADDR_LOOPBACK(&address) != 0;
  }
  in_addr address{};
  const std::string text(host);
  return inet_pton(AF_INET, text.c_str(), &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port > 0 && port <= 65535 &&
         text.front() != '0';
}

}  // namespace

Result<void> check_endpoint(std::string_view raw) {
  constexpr std::string_view kLocal = "ipc://";
  constexpr std::string_view kTcp = "tcp://";
  if (raw.starts_with(kLocal)) {
    const std::string_view path = raw.substr(kLocal.size());
    if (path.starts_with('@')) {
      return fail(Code::kDenied,
                  shown(raw) + " has no file, so that no file permissions protect it", {},
                  kEndpoints);
    }
    if (!path.empty() && path.size() <= kPathBytes) return {};
    return fail(Code::kInvalid,
                "the path of a local socket has " + std::to_string(path.size()) + " bytes", {},
                "1 to " + std::to_string(kPathBytes) + " bytes");
  }
  const std::size_t colon = raw.rfind(':');
  if (!raw.starts_with(kTcp) || colon < kTcp.size()) {
    return fail(Code::kInvalid, shown(raw) + " is not an endpoint", {}, kEndpoints);
  }
  if (!is_loopback(raw.substr(kTcp.size(), colon - kTcp.size()))) {
    return fail(Code::kDenied,
                shown(raw) +
                    " is not an address of this machine in numbers; others are refused while "
                    "there are no keys, since whoever reaches them could change the instruments",
                {}, kEndpoints);
  }
  const std::string_view port = raw.substr(colon + 1);
  if (port == "*" || is_port(port)) return {};
  return fail(Code::kInvalid, shown(port) + " is not a port", {}, std::string(kPorts) + ", or *");
}

Result<void> check_loopback_address(std::string_view raw) {
  const std::size_t colon = raw.rfind(':');
  if (colon == std::string_view::npos) {
    return fail(Code::kInvalid, shown(raw) + " is not an address with a port", {}, kAddresses);
  }
  if (!is_loopback(raw.substr(0, colon))) {
    return fail(Code::kDenied, shown(raw) + " is not an address of this machine in numbers", {},
                kAddresses);
  }
  if (is_port(raw.substr(colon + 1))) return {};
  return fail(Code::kInvalid, shown(raw.substr(colon + 1)) + " is not a port", {}, kPorts);
}

}  // namespace acq
