// Finds where a signal crosses a level, with hysteresis and sub-sample position.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace acq {

enum class Slope : std::uint8_t { kRising, kFalling, kEither };

// Of up to 64 samples, a bit for each: what the state may hang on.
struct EdgeBits {
  std::uint64_t under_low = 0;
  std::uint64_t from_level = 0;
  std::uint64_t to_level = 0;
  std::uint64_t over_high = 0;
};

// A rising edge is a sample at or above the level, after one below level - hysteresis with none at
// or above the level between them; a falling edge is the mirror image. NaN is no crossing.
//
// One thread, real-time safe. The result does not depend on how the signal is cut.
class EdgeDetector {
 public:
  struct Edge {
    std::size_t index = 0;  // of the first sample at or beyond the level
    double fraction =
        1;  // where the straight line from the sample before crosses: index - 1 + fraction
    bool is_rising = true;
  };

  EdgeDetector() = default;
  // Level and hysteresis (not negative) in the signal's unit.
  EdgeDetector(double level, double hysteresis, Slope slope) noexcept;

  // Reads x[from .. to) up to the first edge and stops behind it. The sample before x[from] is the
  // one read last.
  std::optional<Edge> find(const float* x, std::size_t from, std::size_t to) noexcept;
  // Reads x[from .. to) without looking for edges; what it sees still arms.
  void pass(const float* x, std::size_t from, std::size_t to) noexcept;

  // Forgets the past: the signal is broken here.
  void reset() noexcept { rising_armed_ = falling_armed_ = false; }
  // Goes on where another one stopped, if it looks for the same.
  void adopt(const EdgeDetector& before) noexcept;

 private:
  // Whether this sample completes an edge; arms and disarms.
  bool step(float x) noexcept;
  [[nodiscard]] EdgeBits bits_of(const float* x, std::size_t count) const noexcept;
  [[nodiscard]] std::uint64_t busy(const EdgeBits& bits) const noexcept;

  static constexpr std::size_t kBlock = 64;

  float level_ = 0;
  float low_ = 0;   // below: armed for a rising edge
  float high_ = 0;  // above: armed for a falling edge
  bool wants_rising_ = true;
  bool wants_falling_ = false;
  bool rising_armed_ = false;
  bool falling_armed_ = false;
  bool fell_ = false;  // the last edge was a falling one
  float before_ = 0;   // the last sample read
};

}  // namespace acq
