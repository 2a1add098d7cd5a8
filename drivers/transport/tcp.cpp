#include "drivers/transport/tcp.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "drivers/transport/resolve.h"
#include "drivers/transport/wait.h"
#include "dsp/base/clock.h"

namespace acq {
namespace {

Code code_of(int error) noexcept {
  if (error == ETIMEDOUT) return Code::kTimeout;
  return error == EACCES || error == EPERM ? Code::kDenied : Code::kDisconnected;
}

void set_option(const Descriptor& socket, int level, int name, int value) noexcept {
  // Each only makes the connection better: one that cannot be set is no reason to fail.
  static_cast<void>(::setsockopt(socket.get(), level, name, &value, sizeof(value)));
}

// 0, or the error that ended the attempt.
int connect_one(const Descriptor& socket, const SocketAddress& address, const Until& until) {
  const auto* generic = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::connect(socket.get(), generic, address.length) == 0) return 0;
  if (errno != EINPROGRESS && errno != EINTR) return errno;
  if (!wait_ready(socket.get(), POLLOUT, until)) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof(error);
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

Descriptor new_socket(const SocketAddress& address) {
  Descriptor socket(
      ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!socket.is_open()) return socket;
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, 20);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, 4);
  set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, 60'000);
  return socket;
}

}  // namespace

std::string to_string(const HostPort& address) {
  const bool is_v6 = address.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

Result<std::unique_ptr<DescriptorStream>> connect_socket(const HostPort& address,
                                                         const Until& until) {
  const std::string peer = to_string(address);
  const Result<std::vector<SocketAddress>> found = resolve(address.host, address.port, until);
  if (!found) return tl::unexpected<Error>(found.error());
  int error = ENOENT;
  for (std::size_t i = 0; i < found->size(); ++i) {
    Descriptor socket = new_socket((*found)[i]);
    if (!socket.is_open()) {
      error = errno;
      continue;
    }
    const auto attempts_left = static_cast<std::int64_t>(found->size() - i);
    const std::int64_t share_ns = remaining_ns(until) / attempts_left;
    const Until own{.deadline_ns = system_clock().now_ns() + share_ns, .stop = until.stop};
    error = connect_one(socket, (*found)[i], own);
    if (error == 0) {
      return std::make_unique<DescriptorStream>(std::move(socket), DescriptorStream::Kind::kSocket,
                                                peer);
    }
  }
  return fail(code_of(error), "cannot connect: " + std::string(std::strerror(error)), peer);
}

}  // namespace acq
