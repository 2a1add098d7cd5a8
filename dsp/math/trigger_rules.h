// What makes an analogue trigger fire: edge, level, window, pulse width, runt, slope.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "dsp/math/sample_bits.h"

namespace acq {

enum class Slope : std::uint8_t { kRising, kFalling, kEither };

struct TriggerHit {
  double fraction = 1;  // where between the sample before (0) and this one (1)
  bool is_rising = true;
  double level = 0;
};

struct TriggerFound {
  std::size_t index = 0;
  TriggerHit hit;
};

// The first hits of a rule in x[from .. to), as many as there is room for (1 or more). It has read up to and
// with the last of them where there is no more room, else all. `before` is the sample before x[from],
// afterwards the one read last. Real-time safe.
template <typename Rule>
std::size_t find_hits(Rule& rule, float& before, const float* x, std::size_t from, std::size_t to,
                      std::span<TriggerFound> hits) noexcept;

// What all rules share. A rule reads the samples word by word: open() gives those of a word at which something
// happens, fire() goes to each of them in order, close() says how many samples of the word were read. It knows
// nothing of how the signal is cut. NaN meets no condition. Widths and times are in samples, on straight
// lines between the samples.
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
  // The rule looks at the samples upside down.
  [[nodiscard]] bool is_mirrored() const noexcept { return false; }

 protected:
  Limits limits_;
  Seen seen_;
};

struct EdgeLimits {
  double level = 0;
  double hysteresis = 0;  // not negative
  Slope slope = Slope::kRising;
  bool operator==(const EdgeLimits&) const = default;
};
struct EdgeSeen {
  bool rise_armed = false;
  bool fall_armed = false;
};

// Fires at each edge. A rising one is a sample at or above the level, after one below level - hysteresis with
// none at or above the level between them; a falling one is the mirror image.
class EdgeRule : public TriggerRule<EdgeLimits, EdgeSeen> {
 public:
  using TriggerRule::TriggerRule;
  [[nodiscard]] SideLevels levels() const noexcept;
  std::uint64_t open(const SideBits& bits) noexcept;
  std::optional<TriggerHit> fire(std::size_t at, float before, float now) noexcept;
  void close(std::size_t count) noexcept;

 private:
  LatchWord rise_armed_;
  LatchWord fall_armed_;
  std::uint64_t rises_ = 0;
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
  [[nodiscard]] SideLevels levels() const noexcept;
  std::uint64_t open(const SideBits& bits) noexcept;
  std::optional<TriggerHit> fire(std::size_t at, float before, float now) noexcept;
  void close(std::size_t /*count*/) noexcept {}
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
  [[nodiscard]] SideLevels levels() const noexcept;
  std::uint64_t open(const SideBits& bits) noexcept;
  std::optional<TriggerHit> fire(std::size_t at, float before, float now) noexcept;
  void close(std::size_t count) noexcept;

 private:
  LatchWord armed_;
};

// When something began that is still under way, seen from the first sample of the present word.
struct Beginning {
  std::int64_t samples_ago = 0;  // of the first sample behind it
  double fraction = 0;           // where between that sample and the one before

  void set(std::size_t at, double part) noexcept {
    samples_ago = -static_cast<std::int64_t>(at);
    fraction = part;
  }
  // From it to where `part` says between the samples before `at` and `at`.
  [[nodiscard]] double until(std::size_t at, double part) const noexcept {
    return static_cast<double>(samples_ago + static_cast<std::int64_t>(at)) - fraction + part;
  }
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
  bool is_high = false;  // within a pulse whose start was seen
  Beginning start;       // of the pulse
};

// Fires at the end of a pulse above the level (below it, when negative) that has lasted at least
// `shortest` and at most `longest`. Edges as EdgeRule finds them.
class PulseWidthRule : public TriggerRule<PulseWidthLimits, PulseWidthSeen> {
 public:
  using TriggerRule::TriggerRule;
  [[nodiscard]] bool is_mirrored() const noexcept { return limits_.is_negative; }
  [[nodiscard]] SideLevels levels() const noexcept;
  std::uint64_t open(const SideBits& bits) noexcept;
  std::optional<TriggerHit> fire(std::size_t at, float before, float now) noexcept;
  void close(std::size_t count) noexcept;

 private:
  LatchWord rise_armed_;
  LatchWord fall_armed_;
  std::uint64_t rises_ = 0;
  std::uint64_t falls_ = 0;
};

struct RuntLimits {
  float low = 0;
  float high = 0;
  bool is_negative = false;
  bool operator==(const RuntLimits&) const = default;
};
struct RuntSeen {
  bool was_below = false;   // the last sample was
  bool is_between = false;  // and has been since it came from below
};

// Fires at the end of a pulse that comes from below `low`, does not reach `high` and goes back below
// `low` (from above `high` and back without reaching `low`, when negative).
class RuntRule : public TriggerRule<RuntLimits, RuntSeen> {
 public:
  using TriggerRule::TriggerRule;
  [[nodiscard]] bool is_mirrored() const noexcept { return limits_.is_negative; }
  [[nodiscard]] SideLevels levels() const noexcept;
  std::uint64_t open(const SideBits& bits) noexcept;
  std::optional<TriggerHit> fire(std::size_t at, float before, float now) noexcept;
  void close(std::size_t count) noexcept;

 private:
  LatchWord below_;
  LatchWord between_;
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
  bool is_armed = false;  // the last sample was before the first level
  bool is_under_way = false;
  Beginning start;  // of the transition
};

// Fires where a transition from `low` to `high` (from `high` to `low`, when falling) ends that took at
// least `shortest` and at most `longest`.
class SlopeRule : public TriggerRule<SlopeLimits, SlopeSeen> {
 public:
  using TriggerRule::TriggerRule;
  [[nodiscard]] bool is_mirrored() const noexcept { return limits_.is_falling; }
  [[nodiscard]] SideLevels levels() const noexcept;
  std::uint64_t open(const SideBits& bits) noexcept;
  std::optional<TriggerHit> fire(std::size_t at, float before, float now) noexcept;
  void close(std::size_t count) noexcept;

 private:
  LatchWord armed_;
  LatchWord under_way_;
  std::uint64_t starts_ = 0;
  std::uint64_t ends_ = 0;
};

}  // namespace acq
