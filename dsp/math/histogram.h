// Counts values in bins of equal width, or sums up what goes with them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "dsp/math/search_kernels.h"

namespace acq {

// Bin i holds the values from lower + i width to below lower + (i + 1) width, the last one `upper`
// itself, too: as numpy.histogram. Edges are compared in float64.
class Bins {
 public:
  Bins() = default;
  // 1 bin or more; lower below upper, both finite.
  Bins(double lower, double upper, std::size_t count);

  [[nodiscard]] std::size_t count() const noexcept { return edges_.size() - 1; }
  [[nodiscard]] double lower() const noexcept { return edges_.front(); }
  [[nodiscard]] double upper() const noexcept { return edges_.back(); }
  [[nodiscard]] double width() const noexcept { return edges_[1] - edges_[0]; }
  [[nodiscard]] bool hold(double x) const noexcept { return x >= lower() && x <= upper(); }
  // Of a value that they hold.
  [[nodiscard]] std::size_t place_of(double x) const noexcept;
  [[nodiscard]] BinEdges edges() const noexcept { return {edges_, bins_per_unit_, slack_}; }
  bool operator==(const Bins& other) const noexcept { return edges_ == other.edges_; }

 private:
  std::vector<double> edges_{0, 1};
  double bins_per_unit_ = 1;
  double slack_ = 0;
};

// One thread, real-time safe but for the constructor. The result does not depend on how values are cut.
class Histogram {
 public:
  Histogram() = default;
  Histogram(double lower, double upper, std::size_t bins);

  void clear() noexcept;
  void add(std::span<const float> x) noexcept;
  void add(std::span<const double> x) noexcept;

  [[nodiscard]] std::span<const std::uint64_t> counts() const noexcept {
    return std::span(slots_).subspan(1, bins_.count());
  }
  [[nodiscard]] std::uint64_t inside() const noexcept {
    return total_ - below() - above() - not_numbers();
  }
  [[nodiscard]] std::uint64_t below() const noexcept { return slots_.front(); }
  [[nodiscard]] std::uint64_t above() const noexcept { return slots_.end()[-2]; }
  [[nodiscard]] std::uint64_t not_numbers() const noexcept { return slots_.back(); }
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
  [[nodiscard]] double width() const noexcept { return bins_.width(); }
  // Whether counts of the other one can be continued here.
  [[nodiscard]] bool counts_like(const Histogram& other) const noexcept {
    return bins_ == other.bins_;
  }

 private:
  template <typename T>
  void add_all(std::span<const T> x) noexcept;

  Bins bins_;
  std::vector<std::uint64_t> slots_ = std::vector<std::uint64_t>(4);  // as place_in_bins() has them
  std::uint64_t total_ = 0;
};

// Mean and deviation of y in each bin of x, as scipy.stats.binned_statistic. A pair of which one is not
// finite is in none. Welford's sums (Technometrics 4 (1962) 419): no cancellation.
//
// One thread, real-time safe but for the constructor. The result does not depend on how values are cut.
class BinnedMoments {
 public:
  struct Bin {
    std::uint64_t count = 0;
    double mean = 0;
    double squares = 0;  // sum of (y - mean)^2
  };

  BinnedMoments() = default;
  explicit BinnedMoments(Bins bins) : bins_(std::move(bins)), sums_(bins_.count()) {}

  void clear() noexcept;
  void add(double x, double y) noexcept;
  [[nodiscard]] std::span<const Bin> sums() const noexcept { return sums_; }
  [[nodiscard]] const Bins& bins() const noexcept { return bins_; }

 private:
  Bins bins_;
  std::vector<Bin> sums_;
};

}  // namespace acq
