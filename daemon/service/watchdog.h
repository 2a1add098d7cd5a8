// Feeds the service manager's watchdog while the data flows, and says who stops it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/service/health.h"
#include "daemon/service/notify.h"
#include "dsp/base/clock.h"

namespace acq {

// One thread, the one that also writes the status: if that hangs, nobody feeds.
class Watchdog {
 public:
  Watchdog(const Clock& clock, const Notify& notify, Health& health) noexcept
      : clock_(clock), notify_(notify), health_(health) {}

  // How long a stage may take for one piece of work: half of what the manager waits, so that a look
  // that just missed some progress is made good before the manager acts.
  [[nodiscard]] static std::int64_t patience_ns(const Notify& notify) noexcept;
  // How often to call tick(), at least.
  [[nodiscard]] static std::int64_t period_ns(const Notify& notify) noexcept;

  // Feeds when every stage is alive. Shows `line` as the status, or names the stalled stages in its
  // place. Returns what it showed.
  std::string tick(std::string_view line);

 private:
  const Clock& clock_;
  const Notify& notify_;
  Health& health_;
  std::string guilty_;   // the stages last logged as stalled
  std::string unheard_;  // why the manager was last not reached
};

}  // namespace acq
