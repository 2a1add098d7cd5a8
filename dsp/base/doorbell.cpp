#include "dsp/base/doorbell.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "dsp/base/clock.h"

namespace acq {

Doorbell::Doorbell() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Doorbell::~Doorbell() {
  close(fd_);
}

void Doorbell::wake() noexcept {
  const std::uint64_t one = 1;
  // Cannot overflow: at most one write for each arm().
  [[maybe_unused]] const auto written = write(fd_, &one, sizeof one);
}

void Doorbell::wait_until(std::int64_t deadline_ns) noexcept {
  const std::int64_t left = std::max<std::int64_t>(0, deadline_ns - system_clock().now_ns());
  const timespec timeout{.tv_sec = left / 1'000'000'000, .tv_nsec = left % 1'000'000'000};
  pollfd poll_fd{.fd = fd_, .events = POLLIN, .revents = 0};
  if (ppoll(&poll_fd, 1, &timeout, nullptr) > 0) clear();
}

void Doorbell::clear() noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = read(fd_, &count, sizeof count);
}

}  // namespace acq
