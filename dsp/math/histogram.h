// Counts values in bins of equal width, or sums up what goes with them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

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
  bool operator==(const Bins& other) const noexcept { return edges_ == other.edges_; }

 private:
  std::vector<double> edges_{0, 1};
  double bins_per_unit_ = 1;
};

// One thread, real-time safe but for the constructor. The result does not depend on how values are cut.
class Histogram {
 public:
  Histogram() = default;
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
  [[nodiscard]] double width() const noexcept { return bins_.width(); }
  // Whether counts of the other one can be continued here.
  [[nodiscard]] bool counts_like(const Histogram& other) const noexcept {
    return bins_ == other.bins_;
  }

 private:
  template <typename T>
  void add_all(std::span<const T> x) noexcept;

  Bins bins_;
  std::vector<std::uint64_t> counts_;
  std::uint64_t below_ = 0;
  std::uint64_t above_ = 0;
  std::uint64_t nan_ = 0;
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
