#include "proto/crc32c.h"

#include <gtest/gtest.h>

#include <random>
#include <string_view>
#include <vector>

namespace acq {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

TEST(Crc32c, EqualsTheCheckValueOfTheCatalogue) {
  // "CRC-32/ISCSI", check = 0xe3069283: Catalogue of parametrised CRC algorithms (G. Cook).
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0xE3069283U);
  EXPECT_EQ(detail::crc32c_by_table(bytes_of("123456789")), 0xE3069283U);
  EXPECT_EQ(crc32c({}), 0U);
}

TEST(Crc32c, EqualsTheExamplesOfRfc3720) {
  // RFC 3720, B.4: 32 bytes of zeros, of ones, and ascending, as numbers of a little-endian host.
  EXPECT_EQ(crc32c(std::vector<std::byte>(32, std::byte{0})), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::vector<std::byte>(32, std::byte{0xFF})), 0x62A8AB43U);
  std::vector<std::byte> ascending(32);
  for (std::size_t i = 0; i < 32; ++i) ascending[i] = static_cast<std::byte>(i);
  EXPECT_EQ(crc32c(ascending), 0x46DD794EU);
}

TEST(Crc32c, IsTheSameByInstructionAndByTableAtEveryLengthAndAlignment) {
  if (!detail::has_crc32c_instruction()) GTEST_SKIP() << "this CPU has no CRC-32C instruction";
  std::mt19937 random(20240229);
  std::vector<std::byte> bytes(70000);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  const std::span<const std::byte> all(bytes);
  for (std::size_t length = 0; length < 1700; ++length) {  // both sides of two short lanes
    const auto part = all.subspan(length % 9, length);
    ASSERT_EQ(detail::crc32c_by_instruction(part), detail::crc32c_by_table(part)) << length;
  }
  for (std::size_t length = 12200; length < 12400; ++length) {  // around one long lane
    const auto part = all.subspan(3, length);
    ASSERT_EQ(detail::crc32c_by_instruction(part), detail::crc32c_by_table(part)) << length;
  }
  ASSERT_EQ(detail::crc32c_by_instruction(all), detail::crc32c_by_table(all));
}

TEST(Crc32c, ChangesWithEverySingleBit) {
  std::vector<std::byte> bytes(100, std::byte{0x5A});
  const std::uint32_t before = crc32c(bytes);
  for (std::size_t bit = 0; bit < 800; ++bit) {
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_NE(crc32c(bytes), before) << bit;
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
  }
}

}  // namespace
}  // namespace acq
