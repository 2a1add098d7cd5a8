// Recorded numbers as the exporters want them.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "recording/export/exporter.h"

namespace acq::exports {

// The numbers of one packet or frame: `count` of each channel.
struct Numbers {
  std::span<const std::byte> bytes;
  std::size_t count = 0;
  Dtype dtype = Dtype::kUnspecified;
  Layout layout = Layout::kInterleaved;
};

// Rows [first, first + rows) in the channels' units, one column a channel; bits as 0 and 1. All types
// but kUnspecified and kC64.
void to_columns(const Numbers& numbers, std::span<const Channel> channels, std::size_t first,
                std::size_t rows, std::vector<std::vector<double>>& columns);

// The same rows scan by scan, as they are. A span of the numbers themselves where they lie so.
std::span<const std::byte> to_scans(const Numbers& numbers, std::size_t channels, std::size_t first,
                                    std::size_t rows, std::vector<std::byte>& room);

// What columns are written as in an array, row by row: float32 where nothing is lost by it, bytes
// with 255 for lost samples of logic, else float64.
enum class Element : std::uint8_t { kU8, kF32, kF64 };
Element element_of(const Description& description) noexcept;
std::size_t size_of(Element element) noexcept;
void to_rows(std::span<const std::vector<double>> columns, std::size_t rows, Element element,
             std::vector<std::byte>& out);
// Column by column.
void to_planes(std::span<const std::vector<double>> columns, std::size_t rows, Element element,
               std::vector<std::byte>& out);

}  // namespace acq::exports
