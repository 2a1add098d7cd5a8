#include "daemon/service/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "dsp/base/clock.h"

namespace acq {
namespace {

// A newline would start another variable of the protocol.
std::string status_line(std::string_view line) {
  std::string text = "STATUS=";
  text += line;
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return text;
}

}  // namespace

Notify::Notify() {
  const char* name = std::getenv("NOTIFY_SOCKET");
  is_listening_ = name != nullptr && *name != '\0';
  std::uint64_t period_us = 0;
  if (is_listening_ && sd_watchdog_enabled(0, &period_us) > 0) {
    watchdog_period_ns_ = static_cast<std::int64_t>(period_us) * 1000;
  }
}

Result<void> Notify::ready(std::string_view line) const {
  return send("READY=1\n" + status_line(line));
}

Result<void> Notify::reloading() const {
  // The time tells the manager which READY=1 ends this reload.
  const std::int64_t now_us = system_clock().now_ns() / 1000;
  return send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now_us));
}

Result<void> Notify::stopping(std::string_view line) const {
  return send("STOPPING=1\n" + status_line(line));
}

Result<void> Notify::status(std::string_view line) const {
  return send(status_line(line));
}

Result<void> Notify::feed_watchdog() const {
  return send("WATCHDOG=1");
}

// Not sd_notify(): that waits for room in the manager's queue, and the control thread waits for
// nobody.
Result<void> Notify::send(const std::string& message) const {
  if (!is_listening_) return {};
  const auto refuse = [](const std::string& why) {
    return fail(Code::kIo, "the service manager was not reached: " + why);
  };
  const char* name = std::getenv("NOTIFY_SOCKET");
  if (name == nullptr) return refuse("NOTIFY_SOCKET has disappeared");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = std::strlen(name);
  if ((name[0] != '/' && name[0] != '@') || length >= sizeof address.sun_path) {
    return refuse("NOTIFY_SOCKET is neither a path nor an abstract name");
  }
  std::memcpy(address.sun_path, name, length);
  if (name[0] == '@') address.sun_path[0] = '\0';
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return refuse(std::strerror(errno));
  const auto sent = sendto(fd, message.data(), message.size(), MSG_NOSIGNAL,
                           reinterpret_cast<const sockaddr*>(&address),
                           static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length));
  const int error = errno;
  close(fd);
  if (sent >= 0) return {};
  if (error == EAGAIN) return refuse("it does not read what it is told");
  return refuse(std::strerror(error));
}

}  // namespace acq
