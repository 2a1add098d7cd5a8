#include "drivers/fx2lafw/firmware.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <random>

namespace acq::fx2lafw {
namespace {

Result<Firmware> parse(std::string_view text) {
  return parse_firmware(std::as_bytes(std::span(text)));
}

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

constexpr std::string_view kEnd = ":00000001FF\n";

TEST(Fx2LafwFirmware, AnImageGoesToAddressZero) {
  EXPECT_EQ(*parse("\x02\x10\x20"), (Firmware{{0, bytes_of({2, 16, 32})}}));
}

TEST(Fx2LafwFirmware, HexRecordsThatFollowEachOtherAreOnePiece) {
  const auto firmware =
      parse(":0300300002337A1E\r\n:02003300AABB66\r\n\r\n:01E0010042DC\r\n" + std::string(kEnd));
  ASSERT_TRUE(firmware) << to_string(firmware.error());
  EXPECT_EQ(*firmware,
            (Firmware{{0x30, bytes_of({2, 0x33, 0x7a, 0xaa, 0xbb})}, {0xe001, bytes_of({0x42})}}));
}

TEST(Fx2LafwFirmware, WhatIsWrongIsToldWithItsLine) {
  const std::string end(kEnd);
  const std::pair<std::string, const char*> wrong[] = {
      {"", "is empty"},
      {std::string(16385, 'x'), "has 16385 bytes"},
      {":0300300002337A1E\n", "cut short"},
      {":0300300002337A1F\n" + end, "line 1 of the firmware has a wrong checksum"},
      {":0400300002337A1E\n" + end, "line 1 of the firmware is not as long as it says"},
      {":03003\n" + end, "line 1 of the firmware is no record"},
      {":03003G0002337A1E\n" + end, "line 1 of the firmware is no record"},
      {":00\n" + end, "line 1 of the firmware is not as long as it says"},
      {":0300300002337A1E\nhello\n" + end, "line 2 of the firmware is no record"},
      {":020000021000EC\n" + end, "line 1 of the firmware has a record of type 2"},
      {":01400000AA15\n" + end, "goes to 0x4000"},
      {":02E1FF00AABB B9\n" + end, "line 1 of the firmware is no record"},
      {":02E1FF00AABBB9\n" + end, "goes to 0xe1ff"},
      {end, "ends it without data"},
  };
  for (const auto& [text, sentence] : wrong) {
    const auto firmware = parse(text);
    ASSERT_FALSE(firmware) << text.substr(0, 40);
    EXPECT_EQ(firmware.error().code, Code::kInvalid);
    EXPECT_NE(firmware.error().sentence.find(sentence), std::string::npos)
        << firmware.error().sentence;
    EXPECT_FALSE(firmware.error().allowed.empty());
  }
}

TEST(Fx2LafwFirmware, DamagedFilesAreReadOrRefusedAndNeverLeaveTheMemory) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const std::string whole =
      ":0300300002337A1E\n:02003300AABB66\n:01E0010042DC\n" + std::string(kEnd);
  for (int round = 0; round < 20'000; ++round) {
    std::string text = whole.substr(0, 1 + random() % whole.size());
    for (std::uint64_t i = random() % 4; i > 0; --i)
      text[random() % text.size()] = static_cast<char>(random());
    const auto firmware = parse(text);
    if (!firmware) continue;
    for (const FirmwarePiece& piece : *firmware) {
      const std::size_t end = piece.address + piece.bytes.size();
      EXPECT_TRUE(end <= 0x4000 || (piece.address >= 0xe000 && end <= 0xe200));
    }
  }
}

TEST(Fx2LafwFirmware, EveryFileOfTheDistributionIsRead) {
  for (const char* board : {"sigrok-fx2-8ch", "sigrok-fx2-16ch", "saleae-logic", "cypress-fx2"}) {
    const auto firmware =
        read_firmware(std::string("/usr/share/sigrok-firmware/fx2lafw-") + board + ".fw");
    ASSERT_TRUE(firmware) << to_string(firmware.error());
    ASSERT_EQ(firmware->size(), 1U);
    EXPECT_EQ(firmware->front().bytes.size(), 8120U) << board;
  }
}

TEST(Fx2LafwFirmware, AFileThatIsNotThereOrTooLargeIsRefusedByName) {
  const auto missing = read_firmware("no/such/file.fw");
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_NE(missing.error().sentence.find("no/such/file.fw"), std::string::npos);
  const std::string file = testing::TempDir() + "acq-firmware-" + std::to_string(getpid());
  std::ofstream(file) << std::string(300'000, ':');
  const auto large = read_firmware(file);
  std::remove(file.c_str());
  EXPECT_EQ(large.error().code, Code::kInvalid);
  EXPECT_NE(large.error().sentence.find("too large"), std::string::npos);
}

}  // namespace
}  // namespace acq::fx2lafw
