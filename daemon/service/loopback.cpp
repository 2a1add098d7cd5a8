#include "daemon/service/loopback.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string>
#include <system_error>

namespace acq {
namespace {

constexpr std::string_view kAllowed = "127.0.0.1:PORT, [::1]:PORT, localhost:PORT";

// Any numeric address, loopback or not.
std::optional<LoopbackAddress> parse_host(std::string_view text) {
  LoopbackAddress address;
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    address.v6.sin6_family = AF_INET6;
    address.size = sizeof address.v6;
    const std::string host(text.substr(1, text.size() - 2));
    if (inet_pton(AF_INET6, host.c_str(), &address.v6.sin6_addr) != 1) return std::nullopt;
    return address;
  }
  address.v4 = {};
  address.v4.sin_family = AF_INET;
  address.size = sizeof address.v4;
  const std::string host(text == "localhost" ? "127.0.0.1" : text);
  if (inet_pton(AF_INET, host.c_str(), &address.v4.sin_addr) != 1) return std::nullopt;
  return address;
}

bool is_loopback(const LoopbackAddress& address) noexcept {
  if (address.family() == AF_INET6) return IN6_IS_ADDR_LOOPBACK(&address.v6.sin6_addr) != 0;
  return (ntohl(address.v4.sin_addr.s_addr) >> 24) == 127;
}

tl::unexpected<Error> refuse(Code code, std::string_view text, const char* why) {
  return fail(code, fmt::format("'{}' {}", text.substr(0, 64), why), {}, std::string(kAllowed));
}

}  // namespace

std::uint16_t LoopbackAddress::port() const noexcept {
  return ntohs(family() == AF_INET6 ? v6.sin6_port : v4.sin_port);
}

Result<LoopbackAddress> parse_loopback(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return refuse(Code::kInvalid, text, "has no port");
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) {
    return refuse(Code::kInvalid, text, "has no port from 0 to 65535");
  }
  std::optional<LoopbackAddress> address = parse_host(text.substr(0, colon));
  if (!address) return refuse(Code::kInvalid, text, "is not a numeric address");
  if (!is_loopback(*address)) return refuse(Code::kDenied, text, "is not a loopback address");
  (address->family() == AF_INET6 ? address->v6.sin6_port : address->v4.sin_port) = htons(port);
  return *address;
}

bool is_loopback_host(std::string_view host) {
  const std::optional<LoopbackAddress> address = parse_host(host);
  return address && is_loopback(*address);
}

}  // namespace acq
