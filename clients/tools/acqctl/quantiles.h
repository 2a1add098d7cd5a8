// Quantiles of many numbers in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace acq::tool {

// Keeps every number until there are too many, then every second, every fourth ...: an even sample
// over the whole time.
class Quantiles {
 public:
  void add(double value);
  // The value below which a share `p` of them lies (nearest rank); NaN when there is none.
  [[nodiscard]] double at(double p) const;
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

 private:
  static constexpr std::size_t kMost = std::size_t{1} << 18;
  std::vector<double> values_;
  std::uint64_t stride_ = 1;
  std::uint64_t count_ = 0;
};

}  // namespace acq::tool
