#include "daemon/events.h"

#include <utility>

#include "dsp/base/clock.h"

namespace acq {

void EventLog::add(std::string source, std::string what, std::string sentence) {
  add({system_clock().utc_ns(), std::move(source), std::move(what), std::move(sentence)});
}

void EventLog::add(EventRecord record) {
  std::function<void()> wake;
  {
    const std::scoped_lock lock(mutex_);
    if (events_.size() >= kMost) {
      ++dropped_;
      return;
    }
    events_.push_back(std::move(record));
    wake = wake_;
  }
  if (wake) wake();
}

std::vector<EventRecord> EventLog::collect() {
  const std::scoped_lock lock(mutex_);
  std::vector<EventRecord> out = std::exchange(events_, {});
  if (dropped_ > 0) {
    out.push_back({system_clock().utc_ns(), "daemon", "loss",
                   std::to_string(std::exchange(dropped_, 0)) + " events were not reported"});
  }
  return out;
}

}  // namespace acq
