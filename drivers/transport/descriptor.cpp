#include "drivers/transport/descriptor.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "drivers/transport/wait.h"

namespace acq {
namespace {

bool is_nothing_now(int error) noexcept {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

// What a lost cable, a reset or a removed adapter looks like.
bool is_gone(int error) noexcept {
  switch (error) {
    case EPIPE:
    case ECONNRESET:
    case ECONNABORTED:
    case ENOTCONN:
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENETDOWN:
    case EIO:
    case ENXIO:
    case ENODEV: return true;
    default: return false;
  }
}

}  // namespace

Descriptor::~Descriptor() {
  if (value_ >= 0) ::close(value_);
}

tl::unexpected<Error> DescriptorStream::failed(int error) const {
  return fail(is_gone(error) ? Code::kDisconnected : Code::kIo,
              "lost the connection: " + std::string(std::strerror(error)), peer_);
}

Result<std::size_t> DescriptorStream::read_now(std::span<std::byte> into) {
  const ssize_t got = ::read(descriptor_.get(), into.data(), into.size());
  if (got > 0) return static_cast<std::size_t>(got);
  if (got == 0) return fail(Code::kDisconnected, "the other side closed the connection", peer_);
  if (is_nothing_now(errno)) return 0;
  return failed(errno);
}

Result<std::size_t> DescriptorStream::write_now(std::span<const std::byte> bytes) {
  const ssize_t put = kind_ == Kind::kSocket
                          ? ::send(descriptor_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL)
                          : ::write(descriptor_.get(), bytes.data(), bytes.size());
  if (put >= 0) return static_cast<std::size_t>(put);
  if (is_nothing_now(errno)) return 0;
  return failed(errno);
}

Result<std::size_t> DescriptorStream::read(std::span<std::byte> into, const Until& until) {
  ACQ_CHECK(!into.empty());
  while (true) {
    Result<std::size_t> got = read_now(into);
    if (!got || *got > 0) return got;
    if (!wait_ready(descriptor_.get(), POLLIN, until))
      return fail(Code::kTimeout, "nothing came in time", peer_);
  }
}

Result<void> DescriptorStream::write(std::span<const std::byte> bytes, const Until& until) {
  while (!bytes.empty()) {
    const Result<std::size_t> put = write_now(bytes);
    if (!put) return tl::unexpected<Error>(put.error());
    bytes = bytes.subspan(*put);
    if (*put == 0 && !wait_ready(descriptor_.get(), POLLOUT, until))
      return fail(Code::kTimeout, "could not be written to in time", peer_);
  }
  return {};
}

Result<std::size_t> DescriptorStream::discard_input() {
  // A peer that never pauses must not hold the caller.
  constexpr std::size_t kMost_bytes = std::size_t{16} << 20;
  std::array<std::byte, 4096> scratch;
  std::size_t dropped = 0;
  while (dropped < kMost_bytes) {
    const Result<std::size_t> got = read_now(scratch);
    if (!got) return got;
    if (*got == 0) break;
    dropped += *got;
  }
  return dropped;
}

std::uint32_t DescriptorStream::local_ipv4() const noexcept {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::getsockname(descriptor(), generic, &size) != 0) return 0;
  return address.sin_family == AF_INET ? ntohl(address.sin_addr.s_addr) : 0;
}

}  // namespace acq
