#include "recording/mcap/crc32.h"

#include <gtest/gtest.h>

#include <random>
#include <string_view>
#include <vector>

namespace acq::mcap {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::vector<std::byte> noise(std::size_t bytes) {
  constexpr unsigned kSeed = 7;
  std::mt19937 random(kSeed);
  std::vector<std::byte> out(bytes);
  for (std::byte& byte : out) byte = static_cast<std::byte>(random());
  return out;
}

TEST(Crc32, IsThatOfZlib) {
  EXPECT_EQ(crc32(bytes_of("123456789")), 0xCBF43926U);  // the check value of CRC-32/ISO-HDLC
  EXPECT_EQ(crc32({}), 0U);
}

TEST(Crc32, IsTheSameByInstructionAndByTableAtEveryLengthAndPlace) {
  const auto bytes = noise(700);
  for (std::size_t offset = 0; offset < 3; ++offset) {
    for (std::size_t size = 0; size + offset <= bytes.size(); ++size) {
      const std::span<const std::byte> part(bytes.data() + offset, size);
      ASSERT_EQ(detail::crc32_by_clmul(part, 12345), detail::crc32_by_table(part, 12345)) << size;
    }
  }
}

TEST(Crc32, GoesOnFromWhereItEnded) {
  const auto bytes = noise(1000);
  const std::span<const std::byte> all(bytes);
  EXPECT_EQ(crc32(all.subspan(300), crc32(all.first(300))), crc32(all));
}

TEST(Crc32, OfTwoPartsIsJoinedWithoutTheirBytes) {
  const auto bytes = noise(5000);
  const std::span<const std::byte> all(bytes);
  for (const std::size_t cut : {0, 1, 63, 64, 1000, 4999, 5000}) {
    EXPECT_EQ(crc32_join(crc32(all.first(cut)), crc32(all.subspan(cut)), all.size() - cut),
              crc32(all));
  }
}

}  // namespace
}  // namespace acq::mcap
