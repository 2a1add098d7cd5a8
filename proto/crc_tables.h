// The tables of a CRC of 32 bits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace acq {

using CrcTables = std::array<std::array<std::uint32_t, 256>, 8>;

// Slicing by 8 for a bit-reversed polynomial: table k holds the effect of a byte that is followed by k
// zero bytes.
constexpr CrcTables make_crc_tables(std::uint32_t polynomial) {
  CrcTables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? polynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t k = 1; k < tables.size(); ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xFF];
    }
  }
  return tables;
}

}  // namespace acq
