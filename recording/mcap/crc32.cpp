#include "recording/mcap/crc32.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "proto/crc_tables.h"

namespace acq::mcap {
namespace {

constexpr std::uint32_t kPolynomial = 0xEDB88320;  // bit-reversed
constexpr CrcTables kTables = make_crc_tables(kPolynomial);

// The product of two polynomials modulo that of the CRC, in reversed bit order: x^0 is the top bit.
constexpr std::uint32_t multiply(std::uint32_t a, std::uint32_t b) {
  std::uint32_t product = 0;
  for (std::uint32_t bit = std::uint32_t{1} << 31; bit != 0; bit >>= 1) {
    if ((a & bit) != 0) product ^= b;
    b = (b >> 1) ^ ((b & 1) != 0 ? kPolynomial : 0);
  }
  return product;
}

// x^(8 * bytes) modulo the polynomial.
constexpr std::uint32_t power_of_bytes(std::uint64_t bytes) {
  std::uint32_t result = std::uint32_t{1} << 31;
  std::uint32_t square = std::uint32_t{1} << 23;  // x^8
  for (; bytes != 0; bytes >>= 1) {
    if ((bytes & 1) != 0) result = multiply(result, square);
    square = multiply(square, square);
  }
  return result;
}

#if defined(__x86_64__)

// x^bits in reversed order, shifted up by one place as the reversed product asks.
constexpr std::int64_t fold_constant(unsigned bits) {
  std::uint32_t power = std::uint32_t{1} << 31;
  for (unsigned i = 0; i < bits; ++i) power = (power >> 1) ^ ((power & 1) != 0 ? kPolynomial : 0);
  return static_cast<std::int64_t>(std::uint64_t{power} << 1);
}

// Folds `value` forward by the distance whose constants these are, onto `next`.
__attribute__((target("pclmul,sse4.1"))) __m128i fold(__m128i value, __m128i constants,
                                                      __m128i next) noexcept {
  const __m128i low = _mm_clmulepi64_si128(value, constants, 0x00);
  const __m128i high = _mm_clmulepi64_si128(value, constants, 0x11);
  return _mm_xor_si128(next, _mm_xor_si128(low, high));
}

__attribute__((target("pclmul,sse4.1"))) __m128i load(const std::byte* at) noexcept {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}

#endif

}  // namespace

std::uint32_t crc32_join(std::uint32_t a, std::uint32_t b, std::uint64_t b_bytes) noexcept {
  return multiply(power_of_bytes(b_bytes), a) ^ b;
}

namespace detail {

std::uint32_t crc32_by_table(std::span<const std::byte> bytes, std::uint32_t crc) noexcept {
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  crc = ~crc;
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    word ^= crc;
    crc = 0;
    for (std::size_t k = 0; k < 8; ++k) crc ^= kTables[7 - k][word >> (8 * k) & 0xFF];
  }
  for (; left > 0; ++at, --left) {
    crc = (crc >> 8) ^ kTables[0][(crc ^ std::to_integer<std::uint32_t>(*at)) & 0xFF];
  }
  return ~crc;
}

#if defined(__x86_64__)

bool has_clmul() noexcept {
  return __builtin_cpu_supports("pclmul") != 0 && __builtin_cpu_supports("sse4.1") != 0;
}

// Four lanes of 16 bytes are folded 64 bytes ahead in each turn, then onto one another; the 16 bytes
// that are left have the checksum of the whole, which the table gives.
__attribute__((target("pclmul,sse4.1"))) std::uint32_t crc32_by_clmul(
    std::span<const std::byte> bytes, std::uint32_t crc) noexcept {
  constexpr std::size_t kTurn = 64;
  if (bytes.size() < kTurn) return crc32_by_table(bytes, crc);
  constexpr std::array<std::int64_t, 4> kConstants = {
      fold_constant(512 + 32), fold_constant(512 - 32), fold_constant(128 + 32),
      fold_constant(128 - 32)};
  const __m128i by_64 = _mm_set_epi64x(kConstants[1], kConstants[0]);
  const __m128i by_16 = _mm_set_epi64x(kConstants[3], kConstants[2]);
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  __m128i a = _mm_xor_si128(load(at), _mm_cvtsi32_si128(static_cast<int>(~crc)));
  __m128i b = load(at + 16);
  __m128i c = load(at + 32);
  __m128i d = load(at + 48);
  for (at += kTurn, left -= kTurn; left >= kTurn; at += kTurn, left -= kTurn) {
    a = fold(a, by_64, load(at));
    b = fold(b, by_64, load(at + 16));
    c = fold(c, by_64, load(at + 32));
    d = fold(d, by_64, load(at + 48));
  }
  a = fold(fold(fold(a, by_16, b), by_16, c), by_16, d);
  for (; left >= 16; at += 16, left -= 16) a = fold(a, by_16, load(at));
  std::array<std::byte, 16> folded{};
  std::memcpy(folded.data(), &a, sizeof a);
  return crc32_by_table({at, left}, crc32_by_table(folded, ~std::uint32_t{0}));
}

#else

bool has_clmul() noexcept {
  return false;
}

std::uint32_t crc32_by_clmul(std::span<const std::byte> bytes, std::uint32_t crc) noexcept {
  return crc32_by_table(bytes, crc);
}

#endif

}  // namespace detail

std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t crc) noexcept {
  static const bool kHasClmul = detail::has_clmul();
  return kHasClmul ? detail::crc32_by_clmul(bytes, crc) : detail::crc32_by_table(bytes, crc);
}

}  // namespace acq::mcap
