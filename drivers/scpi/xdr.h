// External data representation (RFC 4506), as far as VXI-11 uses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "dsp/base/result.h"

namespace acq::scpi {

class XdrWriter {
 public:
  XdrWriter& number(std::uint32_t value);
  // Length, bytes, and zeros up to a multiple of four.
  XdrWriter& opaque(std::string_view bytes);
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }
  void clear() noexcept { bytes_.clear(); }

 private:
  std::vector<std::byte> bytes_;
};

// Reads within the bytes given; what would go beyond is kIo.
class XdrReader {
 public:
  explicit XdrReader(std::span<const std::byte> raw) noexcept : raw_(raw) {}
  Result<std::uint32_t> number();
  // kIo also when it is longer than `most`. Points into the bytes given.
  Result<std::span<const std::byte>> opaque(std::size_t most);
  [[nodiscard]] std::span<const std::byte> rest() const noexcept { return raw_; }

 private:
  std::span<const std::byte> raw_;
};

}  // namespace acq::scpi
