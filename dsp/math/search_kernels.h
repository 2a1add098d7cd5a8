// Loops that look up where values belong, vectorised for the machine at hand. Real-time safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace acq {

// What place_in_bins() has to know. The edges decide; the product of a value with `bins_per_unit` tells its bin
// but for `slack`, in bins, beside them.
struct BinEdges {
  std::span<const double> edges;  // of bins + 1 values
  double bins_per_unit = 1;
  double slack = 0;
};

// slots[i] of x[i]: 0 below all bins, 1 in the first, bins + 1 above all, bins + 2 for what is no number. A bin
// has its lower edge, the last one both.
void place_in_bins(const BinEdges& bins, const float* x, std::size_t count,
                   std::int64_t* slots) noexcept;
void place_in_bins(const BinEdges& bins, const double* x, std::size_t count,
                   std::int64_t* slots) noexcept;

// pieces[i] = the last k up to x.size() - 2 with x[k] <= places[i], or 0; x rises and has 2 values or more.
// Quick where places rise: it begins at `piece`, and returns the last one found. NaN is in any piece.
std::size_t find_pieces(std::span<const double> x, std::size_t piece, const double* places,
                        std::size_t count, std::size_t* pieces) noexcept;

}  // namespace acq
