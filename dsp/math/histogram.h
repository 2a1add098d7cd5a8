// Counts values in bins of equal width.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace acq {

// Bin i holds the values from lower + i width to below lower + (i + 1) width, the last one `upper`
// itself, too: as numpy.histogram. Edges are compared in float64.
//
// One thread, real-time safe but for the constructor. The result does not depend on how values are cut.
class Histogram {
 public:
  Histogram() = default;
  // 1 bin or more; lower below upper, both finite.
  Histogram(double lower, double upper, std::size_t bins);

  void clear() noexcept;
  void add(std::span<const float> x) noexcept;
  void add(std::span<const double> x) noexcept;

  [[nodiscard]] std::span<const std::uint64_t> counts() const noexcept { return counts_; }
  [[nodiscard]] std::uint64_t inside() const noexcept { return total_ - below_ - above_ - nan_; }
  [[nodiscard]] std::uint64_t below() const noexcept { return below_; }
  [[nodiscard]] std::uint64_t above() const noexcept { return above_; }
  [[nodiscard]] std::uint64_t not_numbers() const noexcept { return nan_; }
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
  [[nodiscard]] double width() const noexcept { return edges_[1] - edges_[0]; }
  // Whether counts of the other one can be continued here.
  [[nodiscard]] bool counts_like(const Histogram& other) const noexcept {
    return edges_ == other.edges_;
  }

 private:
  template <typename T>
  void add_all(std::span<const T> x) noexcept;
  [[nodiscard]] std::size_t bin_of(double x) const noexcept;

  std::vector<double> edges_;
  std::vector<std::uint64_t> counts_;
  double bins_per_unit_ = 1;
  std::uint64_t below_ = 0;
  std::uint64_t above_ = 0;
  std::uint64_t nan_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace acq
