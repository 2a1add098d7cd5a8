// Finds the nearest low value beside a place, in logarithmic time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace acq {

// Keeps the minima of blocks of an array, of pairs of blocks, and so on.
//
// One thread, real-time safe but for the constructor.
class LowFinder {
 public:
  static constexpr std::size_t kNone = SIZE_MAX;

  LowFinder() = default;
  // For arrays of up to `capacity` values.
  explicit LowFinder(std::size_t capacity);

  // The array to be searched. A view: it stays valid and unchanged until the next call.
  void read(std::span<const float> x) noexcept;

  // The nearest place at or before, at or behind `at` whose value is at or below the level.
  [[nodiscard]] std::size_t at_or_before(std::size_t at, double level) const noexcept;
  [[nodiscard]] std::size_t at_or_after(std::size_t at, double level) const noexcept;

 private:
  static constexpr std::size_t kBlock = 16;

  [[nodiscard]] bool is_low(std::size_t node, double level) const noexcept {
    return static_cast<double>(lowest_[node]) <= level;
  }

  std::span<const float> x_;
  std::size_t leaves_ = 1;
  std::vector<float> lowest_;  // of the two nodes 2n and 2n + 1; the blocks begin at `leaves_`
};

}  // namespace acq
