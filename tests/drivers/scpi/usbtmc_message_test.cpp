#include "drivers/scpi/usbtmc_message.h"

#include <gtest/gtest.h>

#include <vector>

#include "drivers/scpi/usbtmc_quirks.h"

namespace acq::scpi::usbtmc {
namespace {

std::vector<int> ints(std::span<const std::byte> bytes) {
  std::vector<int> values;
  for (const std::byte b : bytes) values.push_back(std::to_integer<int>(b));
  return values;
}
std::vector<std::byte> bytes(std::initializer_list<int> values) {
  std::vector<std::byte> made;
  for (const int value : values) made.push_back(static_cast<std::byte>(value));
  return made;
}

// The layouts of USBTMC 1.00, tables 1, 3, 4 and 9, and USB488 1.00, table 2.
TEST(UsbtmcMessage, HasTheLayoutOfTheStandard) {
  EXPECT_EQ(ints(message_out(5, 0x01020304, true)),
            (std::vector{1, 5, 250, 0, 4, 3, 2, 1, 1, 0, 0, 0}));
  EXPECT_EQ(ints(message_out(255, 1, false)), (std::vector{1, 255, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(ints(request_in(6, 512, {})), (std::vector{2, 6, 249, 0, 0, 2, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(ints(request_in(7, 1, '\n')), (std::vector{2, 7, 248, 0, 1, 0, 0, 0, 2, 10, 0, 0}));
  EXPECT_EQ(ints(trigger(8)), (std::vector{128, 8, 247, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(UsbtmcMessage, NumbersMessagesFrom1To255AndStatusRequestsFrom2To127) {
  BulkTag tag;
  StatusTag status;
  for (int round = 0; round < 3; ++round) {
    for (int i = 1; i <= 255; ++i) ASSERT_EQ(tag.next(), i);
    for (int i = 2; i <= 127; ++i) ASSERT_EQ(status.next(), i);
  }
}

TEST(UsbtmcMessage, PadsToFourBytes) {
  EXPECT_EQ(padded(0), 0U);
  EXPECT_EQ(padded(12), 12U);
  EXPECT_EQ(padded(13), 16U);
  EXPECT_EQ(padded(16), 16U);
}

TEST(UsbtmcMessage, IsReadWhenItAnswersTheRequest) {
  const auto message = parse_message_in(bytes({2, 9, 246, 0, 3, 1, 0, 0, 3, 0, 0, 0}), 9, 1000);
  ASSERT_TRUE(message) << to_string(message.error());
  EXPECT_EQ(message->size_bytes, 259U);
  EXPECT_TRUE(message->is_end);
  EXPECT_TRUE(message->is_terminated);
}

TEST(UsbtmcMessage, IsRefusedOtherwise) {
  const auto good = bytes({2, 9, 246, 0, 232, 3, 0, 0, 1, 0, 0, 0});
  ASSERT_TRUE(parse_message_in(good, 9, 1000));
  EXPECT_FALSE(parse_message_in(good, 9, 999));
  EXPECT_FALSE(parse_message_in(good, 10, 1000));
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(parse_message_in(std::span(good).first(size), 9, 1000)) << size;
  for (const std::size_t at : {0, 1, 2, 7}) {
    auto bad = good;
    bad[at] ^= std::byte{0x40};
    const auto message = parse_message_in(bad, 9, 1000);
    ASSERT_FALSE(message) << at;
    EXPECT_EQ(message.error().code, Code::kIo);
    EXPECT_FALSE(message.error().where.empty());
  }
}

TEST(UsbtmcQuirks, AreFoundByProductThenVendor) {
  EXPECT_TRUE(quirks_of(0x1ab1, 0x0588, "").has_one_header);
  EXPECT_FALSE(quirks_of(0x1ab1, 0x04ce, "").has_one_header);
  EXPECT_TRUE(quirks_of(0x0b21, 0x1234, "").has_no_remote);
  EXPECT_EQ(quirks_of(0xf4ec, 0xee38, "SDSMMX").most_per_request, 48U);
  EXPECT_GT(quirks_of(0xf4ec, 0xee38, "SDG2X").most_per_request, 48U);
  EXPECT_TRUE(quirks_of(0xf4ec, 0x1017, "").needs_reset_at_open);
  EXPECT_FALSE(quirks_of(0x0957, 0x17a6, "").has_no_remote);
}

TEST(UsbtmcQuirks, NameTheirInstrumentAndTheirSource) {
  for (const QuirkEntry& entry : quirk_table()) {
    EXPECT_STRNE(entry.instrument, "");
    EXPECT_STRNE(entry.source, "");
  }
}

}  // namespace
}  // namespace acq::scpi::usbtmc
