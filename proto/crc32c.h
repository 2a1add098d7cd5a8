// CRC-32C (Castagnoli), the checksum of payloads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace acq {

// By the CPU's instruction where it has one. crc32c("123456789") is 0xE3069283. `before` is the
// checksum of what goes before these bytes. Any thread.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0) noexcept;

namespace detail {

// The two ways to the same number, for the test that they agree.
bool has_crc32c_instruction() noexcept;
std::uint32_t crc32c_by_instruction(std::span<const std::byte> bytes,
                                    std::uint32_t before = 0) noexcept;
std::uint32_t crc32c_by_table(std::span<const std::byte> bytes, std::uint32_t before = 0) noexcept;

}  // namespace detail
}  // namespace acq
