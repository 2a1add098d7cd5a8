// A topic's numbers as one array that grows by rows: what NPY, NPZ and MAT have in common.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "recording/export/exporter.h"
#include "recording/export/samples.h"

namespace acq::exports {

// Continuous kinds: (samples, channels); results: (frames, results); records and spectra: (frames,
// channels, values), of one length. In C's order.
class GrowingArray {
 public:
  explicit GrowingArray(const Description& description);

  // The bytes that this piece adds; kUnsupported: a record of another length.
  Result<std::span<const std::byte>> take(const Piece& piece);

  [[nodiscard]] Element element() const noexcept { return element_; }
  [[nodiscard]] std::vector<std::uint64_t> shape() const;
  // Of records and spectra: of the first one.
  [[nodiscard]] const std::vector<double>& x() const noexcept { return x_; }
  // Of frames, one for each.
  [[nodiscard]] const std::vector<double>& times_s() const noexcept { return times_s_; }

 private:
  const std::string topic_;
  const bool is_continuous_;
  const bool has_axis_;
  const std::int64_t start_utc_ns_;
  const std::uint64_t columns_;
  const Element element_;
  std::uint64_t rows_ = 0;
  std::uint64_t length_ = 0;
  std::vector<double> x_;
  std::vector<double> times_s_;
  std::vector<std::byte> bytes_;
};

}  // namespace acq::exports
