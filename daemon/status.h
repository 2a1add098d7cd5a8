// The daemon's account of itself: counters, marks, times.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "daemon/daemon.h"

namespace acq::v1 {
class RecordingStatus;
class Status;
}  // namespace acq::v1
namespace google::protobuf {
template <typename T>
class RepeatedPtrField;
}

namespace acq {

// Fills Status messages, and remembers the last one for rates. Control thread.
class StatusReport {
 public:
  explicit StatusReport(const Clock& clock) : clock_(clock), start_ns_(clock.now_ns()) {}

  // Counters that the control socket keeps.
  std::uint64_t requests = 0;
  std::uint64_t refused = 0;
  // What is worth knowing and no error: "real-time priority refused: ..."
  std::vector<std::string> notes;

  // Rates are over the time since the last call with `ends_period`.
  void fill(const Daemon& daemon, v1::Status& out, bool ends_period);

  // The recordings that run, then those that ended.
  static void fill_recordings(const Daemon& daemon,
                              google::protobuf::RepeatedPtrField<v1::RecordingStatus>& out);

  // One line for people: rates and losses.
  [[nodiscard]] static std::string line(const v1::Status& status);

 private:
  double rate(const std::string& key, std::uint64_t count, double elapsed_s, bool ends_period);

  const Clock& clock_;
  const std::int64_t start_ns_;
  std::int64_t period_start_ns_ = 0;
  std::map<std::string, std::pair<std::uint64_t, double>>
      rates_;  // count at period start, last rate
};

}  // namespace acq
