// What a simulated instrument really did: the figures that everything downstream is checked with.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "drivers/sim/faults.h"
#include "dsp/base/result.h"

namespace acq::sim {

// Kept by the device model, not by the driver that reads it. At stop
//   made = sent + sum of lost + overflowed + left
// and what the driver says (packets, gaps, tail) has to agree with it. Sums over all starts.
struct Truth {
  std::uint64_t starts = 0;
  std::uint64_t made = 0;
  std::uint64_t sent = 0;        // in blocks that arrived whole
  std::uint64_t overflowed = 0;  // overwritten in the device because it was read too late
  std::uint64_t left = 0;        // still in the device when it was stopped
  std::array<std::uint64_t, kFaultKinds> lost{};   // samples, by kind of fault
  std::array<std::uint64_t, kFaultKinds> times{};  // faults, by kind
  std::uint64_t faults = 0;                        // of all kinds

  struct Event {
    FaultKind kind;
    std::uint64_t at = 0;  // sample number within its start
    std::uint64_t samples = 0;
    std::int64_t host_ns = 0;
  };
  static constexpr std::size_t kMaxEvents = 1024;
  std::vector<Event> events;  // the first kMaxEvents

  Truth() { events.reserve(kMaxEvents); }
  void note(FaultKind kind, std::uint64_t at, std::uint64_t samples, std::int64_t host_ns) noexcept;
  [[nodiscard]] std::uint64_t lost_in_all() const noexcept;
};

std::string to_json(const Truth& truth);
// Replaces the file at `path` as a whole. kIo with the system's reason.
Result<void> write_truth(const Truth& truth, const std::string& path);

}  // namespace acq::sim
