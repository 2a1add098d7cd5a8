// CRC-32 (IEEE 802.3, the one of zlib), the checksum of MCAP.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace acq::mcap {

// The checksum of what `crc` covers, followed by `bytes`. crc32("123456789") is 0xCBF43926.
// Carry-less multiplication where the CPU has it. Any thread.
std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t crc = 0) noexcept;

// The checksum of A followed by B, from those of A and of B and the length of B.
std::uint32_t crc32_join(std::uint32_t a, std::uint32_t b, std::uint64_t b_bytes) noexcept;

namespace detail {

// The two ways to the same number, for the test that they agree.
bool has_clmul() noexcept;
std::uint32_t crc32_by_clmul(std::span<const std::byte> bytes, std::uint32_t crc) noexcept;
std::uint32_t crc32_by_table(std::span<const std::byte> bytes, std::uint32_t crc) noexcept;

}  // namespace detail
}  // namespace acq::mcap
