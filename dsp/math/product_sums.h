// Sums of products of rows, each with each: what least squares are made of. Vectorised for the machine at hand.
#pragma once

#include <array>
#include <cstddef>

namespace acq {

// Real-time safe.
class ProductSums {
 public:
  static constexpr std::size_t kMostRows = 26;
  static constexpr std::size_t kLanes = 8;  // sums of a pair, which do not wait for one another

  explicit ProductSums(std::size_t rows) noexcept;
  // Adds rows[k][i] rows[j][i] to the sum of k and j, for i < count, a multiple of kLanes.
  void add(const double* const* rows, std::size_t count) noexcept;
  // Of rows k and j, j up to k.
  [[nodiscard]] double of(std::size_t k, std::size_t j) const noexcept;

 private:
  std::size_t rows_;
  // Those of rows 0 and 0, then 1 and 0, 1 and 1, 2 and 0 ...
  std::array<std::array<double, kLanes>, kMostRows*(kMostRows + 1) / 2> sums_;
};

}  // namespace acq
