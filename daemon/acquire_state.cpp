// What an instrument tells of itself, from any thread and to any.
#include "daemon/acquire.h"

namespace acq {

Table Acquire::told() const {
  const std::scoped_lock lock(mutex_);
  return told_;
}

void Acquire::tell_in_force() {
  Table told = driver_->in_force();
  const std::scoped_lock lock(mutex_);
  told_ = std::move(told);
}

std::string Acquire::last_error() const {
  const std::scoped_lock lock(mutex_);
  return last_error_;
}

std::string Acquire::note() const {
  const std::scoped_lock lock(mutex_);
  return note_;
}

void Acquire::set_state(InstrumentState state, const std::string& why) {
  if (!why.empty()) {
    const std::scoped_lock lock(mutex_);
    last_error_ = why;
  }
  if (state_.exchange(state) == state && why.empty()) return;
  since_utc_ns_ = clock_.utc_ns();
  static const char* const kNames[] = {"absent",  "probing",   "loading firmware", "ready",
                                       "armed",   "acquiring", "degraded",         "reconnecting",
                                       "faulted", "disabled"};
  events_.add(name_, "state",
              std::string(kNames[static_cast<int>(state)]) + (why.empty() ? "" : ": " + why));
}

void Acquire::begin_epochs(std::uint32_t count) noexcept {
  epoch_.fetch_add(count);
  for (Stream& stream : streams_) stream.is_first_of_epoch = true;
}

// Consumers that wait for more of this source go on without it, or wait for it again.
void Acquire::tell_over(bool is_over) {
  is_over_->store(is_over, std::memory_order_release);
  for (const auto& stream_feeds : feeds_)
    for (const auto& feed : stream_feeds) feed->consumer_bell->ring();
}

}  // namespace acq
