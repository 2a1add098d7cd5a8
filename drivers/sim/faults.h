// What goes wrong with a simulated instrument, and when.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "dsp/base/time.h"

namespace acq::sim {

enum class FaultKind : std::uint8_t {
  kLostRun,         // `samples` are lost, the device's counter tells
  kBurst,           // `runs` lost runs, `samples` good ones between them
  kStall,           // silent for `duration`, then late data
  kGarbage,         // `samples` arrive damaged
  kUnplug,          // gone for `duration`; goes on counting
  kClockDrift,      // makes samples at (1 + value) of the rate, for `duration` or for good
  kClockJump,       // the device's time stamps jump by `jump`
  kWrongRate,       // makes samples at `value` times the rate, for `duration` or for good
  kOverrunInexact,  // `samples` are lost, the device says so but not how many
  kError,           // one read fails
  kShortBlocks,     // `samples` arrive in blocks of 1 to 16
};
inline constexpr std::size_t kFaultKinds = 11;
inline constexpr std::array<std::string_view, kFaultKinds> kFaultNames = {
    "lost_run",   "burst",      "stall",           "garbage", "unplug",      "clock_drift",
    "clock_jump", "wrong_rate", "overrun_inexact", "error",   "short_blocks"};

// One line of the configuration.
struct FaultPlan {
  FaultKind kind = FaultKind::kLostRun;
  double at_s = 0;          // device time of the first, counted from start or from the change
  double every_s = 0;       // 0: once
  std::uint64_t count = 0;  // at most so many; 0: no limit
  std::uint64_t samples = 1000;
  std::uint64_t runs = 10;
  double duration_s = 0;
  double value = 1;
  double jump_s = 0;
  bool is_random = false;  // intervals exponential with mean every_s, lengths 1 .. 2 samples - 1
  bool operator==(const FaultPlan&) const = default;
};

// One occurrence.
struct Fault {
  FaultKind kind = FaultKind::kLostRun;
  std::uint64_t at = 0;  // number of the sample it comes before
  std::uint64_t samples = 0;
  const FaultPlan* plan = nullptr;
};

// Promise: the same plans, rate and seed give the same occurrences. No allocation after the
// constructor.
class FaultSchedule {
 public:
  FaultSchedule() = default;
  FaultSchedule(std::vector<FaultPlan> plans, Rational rate_hz, std::uint64_t seed,
                std::uint64_t first);

  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
  // Number of the sample before which the next fault comes.
  [[nodiscard]] std::uint64_t next_at() const noexcept;
  // The next fault; the earlier line of the configuration first. Only when next_at() != kNever.
  Fault take() noexcept;

 private:
  struct Line {
    FaultPlan plan;
    std::uint64_t next = 0;
    std::uint64_t taken = 0;      // occurrences begun
    std::uint64_t runs_left = 0;  // of a burst
    std::uint64_t begun_at = 0;
  };

  [[nodiscard]] std::uint64_t draw(const Line& line, std::uint64_t salt) const noexcept;
  void advance(Line& line, std::uint64_t samples) noexcept;

  std::vector<Line> lines_;
  double rate_hz_ = 1;
  std::uint64_t seed_ = 0;
};

}  // namespace acq::sim
