#include "proto/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "proto/crc_tables.h"

namespace acq {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78;  // Castagnoli, bit-reversed (RFC 3720, 12.1)
constexpr CrcTables kTables = make_crc_tables(kPolynomial);

std::uint64_t load64(const std::byte* at) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

#if defined(__x86_64__)

// Lengths of the three lanes that run side by side; the long one for the bulk of a frame.
constexpr std::size_t kLongLane = 4096;
constexpr std::size_t kShortLane = 256;

using Shift = std::array<std::array<std::uint32_t, 256>, 4>;

// Appending zero bytes is linear over GF(2): the CRC of each single bit, by doubling the number of
// zeros, then the sums of those bits byte by byte.
constexpr Shift make_shift(std::size_t zero_bytes) {
  std::array<std::uint32_t, 32> columns{};  // of the matrix for one zero byte
  for (std::uint32_t bit = 0; bit < 32; ++bit) {
    std::uint32_t crc = std::uint32_t{1} << bit;
    for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    columns[bit] = crc;
  }
  const auto apply = [](const std::array<std::uint32_t, 32>& matrix, std::uint32_t vector) {
    std::uint32_t sum = 0;
    for (std::size_t bit = 0; vector != 0; ++bit, vector >>= 1) {
      if ((vector & 1) != 0) sum ^= matrix[bit];
    }
    return sum;
  };
  for (; zero_bytes > 1; zero_bytes /= 2) {  // a power of two
    std::array<std::uint32_t, 32> squared{};
    for (std::size_t bit = 0; bit < 32; ++bit) squared[bit] = apply(columns, columns[bit]);
    columns = squared;
  }
  Shift shift{};
  for (std::size_t lane = 0; lane < 4; ++lane) {
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      shift[lane][byte] = apply(columns, byte << (8 * lane));
    }
  }
  return shift;
}
constexpr Shift kLongShift = make_shift(kLongLane);
constexpr Shift kShortShift = make_shift(kShortLane);

std::uint64_t append_zeros(const Shift& shift, std::uint64_t crc) noexcept {
  return shift[0][crc & 0xFF] ^ shift[1][crc >> 8 & 0xFF] ^ shift[2][crc >> 16 & 0xFF] ^
         shift[3][crc >> 24 & 0xFF];
}

// The instruction takes three cycles and a new one can start in each, so three lanes are three
// times as fast as one.
template <std::size_t kLane>
__attribute__((target("sse4.2"))) std::uint64_t three_lanes(const Shift& shift, std::uint64_t crc,
                                                            const std::byte*& at,
                                                            std::size_t& left) noexcept {
  while (left >= 3 * kLane) {
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t i = 0; i < kLane; i += 8) {
      crc = _mm_crc32_u64(crc, load64(at + i));
      second = _mm_crc32_u64(second, load64(at + kLane + i));
      third = _mm_crc32_u64(third, load64(at + 2 * kLane + i));
    }
    crc = append_zeros(shift, crc) ^ second;
    crc = append_zeros(shift, crc) ^ third;
    at += 3 * kLane;
    left -= 3 * kLane;
  }
  return crc;
}

#endif

}  // namespace

namespace detail {

std::uint32_t crc32c_by_table(std::span<const std::byte> bytes, std::uint32_t before) noexcept {
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint32_t crc = ~before;
  for (; left >= 8; at += 8, left -= 8) {
    const std::uint64_t word = load64(at) ^ crc;
    crc = 0;
    for (std::size_t k = 0; k < 8; ++k) crc ^= kTables[7 - k][word >> (8 * k) & 0xFF];
  }
  for (; left > 0; ++at, --left) {
    crc = (crc >> 8) ^ kTables[0][(crc ^ std::to_integer<std::uint32_t>(*at)) & 0xFF];
  }
  return ~crc;
}

#if defined(__x86_64__)

bool has_crc32c_instruction() noexcept {
  return __builtin_cpu_supports("sse4.2") != 0;
}

__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_instruction(
    std::span<const std::byte> bytes, std::uint32_t before) noexcept {
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t crc = ~before;
  crc = three_lanes<kLongLane>(kLongShift, crc, at, left);
  crc = three_lanes<kShortLane>(kShortShift, crc, at, left);
  for (; left >= 8; at += 8, left -= 8) crc = _mm_crc32_u64(crc, load64(at));
  auto crc32 = static_cast<std::uint32_t>(crc);
  for (; left > 0; ++at, --left) crc32 = _mm_crc32_u8(crc32, std::to_integer<std::uint8_t>(*at));
  return ~crc32;
}

#else

bool has_crc32c_instruction() noexcept {
  return false;
}

std::uint32_t crc32c_by_instruction(std::span<const std::byte> bytes,
                                    std::uint32_t before) noexcept {
  return crc32c_by_table(bytes, before);
}

#endif

}  // namespace detail

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before) noexcept {
  static const bool kHasInstruction = detail::has_crc32c_instruction();
  return kHasInstruction ? detail::crc32c_by_instruction(bytes, before)
                         : detail::crc32c_by_table(bytes, before);
}

}  // namespace acq
