// Which way to go at every fork of an execution.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace acq::model {

// Hands out choices so that repeated executions see every sequence of them once (depth first), or
// random ones. An execution that asks the same questions after the same answers can be replayed.
class Chooser {
 public:
  // Every sequence.
  Chooser() = default;
  // Random sequences.
  explicit Chooser(std::uint64_t seed) : is_random_(true), random_(seed) {}

  // 0 to options - 1.
  std::uint32_t choose(std::uint32_t options);

  // Begins the next execution; false when every sequence was seen.
  bool next();
  // Begins the last execution again.
  void repeat() { at_ = 0, is_repeating_ = true; }

 private:
  struct Fork {
    std::uint32_t taken = 0;
    std::uint32_t options = 0;
  };

  bool is_random_ = false;
  bool is_repeating_ = false;
  std::mt19937_64 random_;
  std::vector<Fork> path_;
  std::size_t at_ = 0;
};

}  // namespace acq::model
