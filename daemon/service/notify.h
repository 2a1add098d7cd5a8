// What the service manager is told about the daemon, and how often it wants to hear from it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dsp/base/result.h"

namespace acq {

// The sd_notify protocol. Any thread. Without NOTIFY_SOCKET each call does nothing and succeeds;
// with one that does not take the message, because it has gone or its queue is full, it fails with
// kIo at once, which is worth a log line and no more. Nothing here waits.
class Notify {
 public:
  Notify();

  [[nodiscard]] bool is_listening() const noexcept { return is_listening_; }
  // How long the manager waits for feed_watchdog() before it ends the program; 0: for ever.
  [[nodiscard]] std::int64_t watchdog_period_ns() const noexcept { return watchdog_period_ns_; }

  // Start-up, or a reload, is complete.
  Result<void> ready(std::string_view line) const;
  Result<void> reloading() const;
  Result<void> stopping(std::string_view line) const;
  // The line that `systemctl status` shows. Control characters become spaces.
  Result<void> status(std::string_view line) const;
  Result<void> feed_watchdog() const;

 private:
  [[nodiscard]] Result<void> send(const std::string& message) const;

  bool is_listening_ = false;
  std::int64_t watchdog_period_ns_ = 0;
};

}  // namespace acq
