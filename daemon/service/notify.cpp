#include "daemon/service/notify.h"

#include <systemd/sd-daemon.h>

#include <algorithm>
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
  const char* socket = std::getenv("NOTIFY_SOCKET");
  is_listening_ = socket != nullptr && *socket != '\0';
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

Result<void> Notify::send(const std::string& message) const {
  if (!is_listening_) return {};
  const int outcome = sd_notify(0, message.c_str());
  if (outcome > 0) return {};
  const char* why = outcome < 0 ? std::strerror(-outcome) : "NOTIFY_SOCKET has disappeared";
  return fail(Code::kIo, std::string("the service manager was not reached: ") + why);
}

}  // namespace acq
