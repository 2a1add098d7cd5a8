#include "tests/support/loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "drivers/transport/wait.h"

namespace acq::test {

Listener::Listener(std::uint16_t port, int backlog)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  ACQ_CHECK(socket_.is_open());
  const int on = 1;
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  ACQ_CHECK(::bind(socket_.get(), generic, sizeof(address)) == 0);
  ACQ_CHECK(::listen(socket_.get(), backlog) == 0);
  socklen_t size = sizeof(address);
  ACQ_CHECK(::getsockname(socket_.get(), generic, &size) == 0);
  port_ = ntohs(address.sin_port);
}

std::unique_ptr<DescriptorStream> Listener::accept(const Until& until) {
  while (true) {
    Descriptor one(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (one.is_open()) {
      const int on = 1;
      ::setsockopt(one.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      return std::make_unique<DescriptorStream>(std::move(one), DescriptorStream::Kind::kSocket,
                                                "client");
    }
    if (!wait_ready(socket_.get(), POLLIN, until)) return nullptr;
  }
}

}  // namespace acq::test
