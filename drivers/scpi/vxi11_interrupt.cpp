#include "drivers/scpi/vxi11_interrupt.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "drivers/transport/wait.h"

namespace acq::scpi {

Result<std::unique_ptr<Vxi11Interrupt>> Vxi11Interrupt::open(std::uint32_t local_ipv4) {
  const auto failed = [] {
    return fail(Code::kIo,
                "cannot listen for service requests: " + std::string(std::strerror(errno)));
  };
  Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!listener.is_open()) return failed();
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(local_ipv4);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  if (::bind(listener.get(), generic, size) != 0 || ::listen(listener.get(), 1) != 0 ||
      ::getsockname(listener.get(), generic, &size) != 0)
    return failed();
  std::unique_ptr<Vxi11Interrupt> made(new Vxi11Interrupt(std::move(listener)));
  made->port_ = ntohs(address.sin_port);
  return made;
}

void Vxi11Interrupt::accept_one() {
  Descriptor one(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!one.is_open()) return;
  // The latest counts: an instrument that lost its connection makes another.
  caller_ = std::make_unique<DescriptorStream>(std::move(one), DescriptorStream::Kind::kSocket,
                                               "interrupt channel");
  record_ = RpcRecord(kMostCall_bytes);
}

Result<bool> Vxi11Interrupt::wait(const Until& until) {
  while (true) {
    std::array<pollfd, 2> both{};
    both[0] = {.fd = listener_.get(), .events = POLLIN, .revents = 0};
    both[1] = {.fd = caller_ ? caller_->descriptor() : -1, .events = POLLIN, .revents = 0};
    if (!wait_ready(both, until)) return false;
    if (both[0].revents != 0) accept_one();
    if (both[1].revents == 0 || !caller_) continue;
    const Result<std::span<const std::byte>> call = record_.read(*caller_, until);
    if (call && is_service_request(*call)) return true;
    if (call) continue;
    if (call.error().code == Code::kTimeout) return false;
    caller_.reset();
  }
}

bool is_service_request(std::span<const std::byte> raw) noexcept {
  constexpr std::uint32_t kProcedure = 30;
  XdrReader reader(raw);
  std::array<std::uint32_t, 6> head{};  // transaction, call, version, program, version, procedure
  for (std::uint32_t& number : head) {
    const Result<std::uint32_t> read = reader.number();
    if (!read) return false;
    number = *read;
  }
  return head[1] == 0 && head[3] == kVxi11InterruptProgram && head[5] == kProcedure;
}

}  // namespace acq::scpi
