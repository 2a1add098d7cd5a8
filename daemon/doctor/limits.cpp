// What the configuration asks of the kernel for the daemon itself: asked here in the same way.
#include "daemon/doctor/finding.h"
#include "daemon/service/rights.h"

namespace acq::doctor {
namespace {

void say(const std::string& refused, const char* subject, const char* granted, Findings& findings) {
  if (refused.empty()) {
    findings.push_back({Level::kGood, "limits", subject, granted});
    return;
  }
  std::vector<std::string> remedy = drop_in_remedy("realtime.conf");
  remedy.push_back(
      "outside the service: ulimit -r 20 -l unlimited, as /etc/security/limits.conf allows");
  findings.push_back({Level::kProblem, "limits", subject, refused, std::move(remedy)});
}

}  // namespace

void check_limits(const Machine& machine, Findings& findings) {
  if (machine.config.asks_realtime)
    say(ask_realtime("doctor"), "real-time priority", "the kernel grants it", findings);
  if (machine.config.locks_memory)
    say(lock_memory(), "locked memory", "the kernel grants it", findings);
  if (!machine.config.asks_realtime && !machine.config.locks_memory)
    findings.push_back({Level::kGood, "limits", "real-time priority and locked memory",
                        "the configuration asks for neither"});
}

}  // namespace acq::doctor
