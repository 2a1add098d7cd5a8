// What makes an analogue trigger fire, sample by sample: level, window, pulse width, runt, slope.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace acq {

struct TriggerHit {
  double fraction = 1;  // where between the sample before (0) and this one (1)
  bool is_rising = true;
  double level = 0;
};

struct TriggerFound {
  std::size_t index = 0;
  TriggerHit hit;
};

// The first of x[from .. to) at which the rule fires; it has seen all up to there. `before` is the sample
// before x[from], afterwards the last one seen.
template <typename Rule>
std::optional<TriggerFound> find_hit(Rule& rule, float& before, const float* x, std::size_t from,
                                     std::size_t to) noexcept;

// What all rules share. A rule sees each sample once, in order, with the one before; it knows nothing
// of how the signal is cut. step() returns where it fires. NaN meets no condition. Widths and times
// are in samples, on straight lines between the samples.
template <typename Limits, typename Seen>
class TriggerRule {
 public:
  TriggerRule() = default;
  explicit TriggerRule(const Limits& limits) noexcept : limits_(limits) {}
  // Forgets what was seen: the signal is broken here.
  void reset() noexcept { seen_ = {}; }
  // Goes on where another one stopped, if it looks for the same.
  void adopt(const TriggerRule& before) noexcept {
    if (limits_ == before.limits_) seen_ = before.seen_;
  }

 protected:
  Limits limits_;
  Seen seen_;
};

struct LevelLimits {
  float level = 0;
  bool is_below = false;
  bool operator==(const LevelLimits&) const = default;
};
struct NothingSeen {};

// Fires at each sample at or above the level (at or below, with `is_below`): it need not cross.
class LevelRule : public TriggerRule<LevelLimits, NothingSeen> {
 public:
  using TriggerRule::TriggerRule;
  std::optional<TriggerHit> step(float before, float now) noexcept;
};

struct WindowLimits {
  float low = 0;
  float high = 0;
  float hysteresis = 0;
  bool fires_on_entry = false;
  bool operator==(const WindowLimits&) const = default;
};
struct WindowSeen {
  bool is_armed = false;
};

// Fires where the signal leaves the window [low, high], or enters it. Before it fires again the signal
// must have been `hysteresis` beyond the border on the other side.
class WindowRule : public TriggerRule<WindowLimits, WindowSeen> {
 public:
  using TriggerRule::TriggerRule;
  std::optional<TriggerHit> step(float before, float now) noexcept;
};

struct PulseWidthLimits {
  float level = 0;
  float hysteresis = 0;
  bool is_negative = false;
  double shortest = 0;
  double longest = std::numeric_limits<double>::infinity();
  bool operator==(const PulseWidthLimits&) const = default;
};
struct PulseWidthSeen {
  bool rise_armed = false;
  bool fall_armed = false;
  bool is_high = false;    // within a pulse whose start was seen
  double since_start = 0;  // of the pulse
};

// Fires at the end of a pulse above the level (below it, when negative) that has lasted at least
// `shortest` and at most `longest`. Edges as EdgeDetector finds them.
class PulseWidthRule : public TriggerRule<PulseWidthLimits, PulseWidthSeen> {
 public:
  using TriggerRule::TriggerRule;
  std::optional<TriggerHit> step(float before, float now) noexcept;
};

struct RuntLimits {
  float low = 0;
  float high = 0;
  bool is_negative = false;
  bool operator==(const RuntLimits&) const = default;
};
struct RuntSeen {
  enum class State : std::uint8_t { kUnseen, kBelow, kBetween } state = State::kUnseen;
};

// Fires at the end of a pulse that comes from below `low`, does not reach `high` and goes back below
// `low` (from above `high` and back without reaching `low`, when negative).
class RuntRule : public TriggerRule<RuntLimits, RuntSeen> {
 public:
  using TriggerRule::TriggerRule;
  std::optional<TriggerHit> step(float before, float now) noexcept;
};

struct SlopeLimits {
  float low = 0;
  float high = 0;
  bool is_falling = false;
  double shortest = 0;
  double longest = std::numeric_limits<double>::infinity();
  bool operator==(const SlopeLimits&) const = default;
};
struct SlopeSeen {
  bool is_armed = false;  // before the first level
  bool is_under_way = false;
  double since_start = 0;  // of the transition
};

// Fires where a transition from `low` to `high` (from `high` to `low`, when falling) ends that took at
// least `shortest` and at most `longest`.
class SlopeRule : public TriggerRule<SlopeLimits, SlopeSeen> {
 public:
  using TriggerRule::TriggerRule;
  std::optional<TriggerHit> step(float before, float now) noexcept;
};

}  // namespace acq
