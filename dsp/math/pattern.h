// Finds where logic channels come to show a pattern of levels and edges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace acq {

// What one channel must do.
enum class Bit : std::uint8_t { kLow, kHigh, kRises, kFalls, kChanges };

struct PatternTerm {
  std::size_t channel = 0;
  Bit bit = Bit::kHigh;
  bool operator==(const PatternTerm&) const = default;
};

// A pattern of levels alone is met by the first sample at which all hold, after one at which they
// did not. A pattern with edges is met by each sample at which they all happen, from the one before
// it, while the levels hold. 1 is at least 0.5; NaN is 0.
//
// One thread, real-time safe. The result does not depend on how the signal is cut.
class PatternDetector {
 public:
  PatternDetector() = default;
  // One term a channel.
  explicit PatternDetector(std::vector<PatternTerm> terms);

  // Reads samples [from, to) up to the first that meets the pattern, which it gives, and stops
  // behind it. The sample before is the one read last.
  std::optional<std::size_t> find(const float* const* planes, std::size_t from,
                                  std::size_t to) noexcept;
  // Reads samples without looking for the pattern.
  void pass(const float* const* planes, std::size_t from, std::size_t to) noexcept;

  // Forgets the past: the signal is broken here.
  void reset() noexcept { has_before_ = false; }
  // Goes on where another one stopped, if it looks for the same.
  void adopt(const PatternDetector& before) noexcept;

 private:
  static constexpr std::size_t kBlock = 64;

  void match(const float* const* planes, std::size_t from, std::size_t count) noexcept;
  void remember(const float* const* planes, std::size_t last, bool is_met) noexcept;

  std::vector<PatternTerm> terms_;
  bool has_edges_ = false;
  bool has_before_ = false;
  bool was_met_ = false;              // the last sample read
  std::vector<std::uint8_t> before_;  // level of each term's channel there
  std::uint8_t met_[kBlock] = {};
};

}  // namespace acq
