#include "drivers/scpi/answer.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace acq::scpi {
namespace {

std::size_t end_of(std::string_view bytes) {
  AnswerEnd end;
  const std::size_t used = end.scan(bytes);
  return end.is_found() ? used : std::string_view::npos;
}

TEST(AnswerEnd, IsTheFirstNewlineOutsideOfBlocks) {
  EXPECT_EQ(end_of("1.5\n2.5\n"), 4U);
  EXPECT_EQ(end_of("#15a\nb\nc\nrest"), 9U);
  EXPECT_EQ(end_of("1,#13\n\n\n,2\nrest"), 11U);
  EXPECT_EQ(end_of("CURV #210\n\n\n\n\n\n\n\n\n\n\n"), 10U);  // in text, a hash starts no block
  EXPECT_EQ(end_of(";#11\n\nrest"), 6U);
  EXPECT_EQ(end_of("#10\nrest"), 4U);
}

TEST(AnswerEnd, IsNotThereBeforeItCame) {
  for (const char* bytes : {"", "1.5", "#", "#1", "#19abc\n", "#9000000001", "\"a"})
    EXPECT_EQ(end_of(bytes), std::string_view::npos) << bytes;
}

TEST(AnswerEnd, IsNotFooledByQuotesNorLosesItselfInThem) {
  EXPECT_EQ(end_of("\"a,#15\"\nrest"), 8U);
  EXPECT_EQ(end_of("\"a\"\"b,#15\"\nrest"), 11U);
  EXPECT_EQ(end_of("\"open\nrest"), 6U);
  EXPECT_EQ(end_of("O'Neill,#11\n\n"), 13U);  // an apostrophe opens no string
  EXPECT_EQ(end_of("#\"5\n"), 4U);
  EXPECT_EQ(end_of("#HFF\n"), 5U);
}

TEST(AnswerEnd, IsTheSameHoweverTheBytesAreCut) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  constexpr std::string_view kBytes = "#0123,;\"'\n ab";
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes;
    for (std::size_t i = 0; i < 1 + random() % 40; ++i) bytes += kBytes[random() % kBytes.size()];
    AnswerEnd end;
    std::size_t at = 0;
    while (at < bytes.size() && !end.is_found())
      at += end.scan(std::string_view(bytes).substr(at, 1 + random() % 5));
    ASSERT_EQ(end.is_found() ? at : std::string::npos, end_of(bytes)) << bytes;
  }
}

TEST(AnswerEnd, IsStrippedWithoutTouchingABlock) {
  EXPECT_EQ(strip_end(" 1.5 \r\n"), " 1.5 ");
  EXPECT_EQ(strip_end("1.5\n\n"), "1.5");
  EXPECT_EQ(strip_end("\n"), "");
  EXPECT_EQ(strip_end(""), "");
  EXPECT_EQ(strip_end("1,#13a\r\n\r\n"), "1,#13a\r\n");
  EXPECT_EQ(strip_end("#13a\r\n"), "#13a\r\n");
  EXPECT_EQ(strip_end("#15a\r\n"), "#15a\r\n");  // cut off: still payload
}

TEST(BlockHeader, NamesTheLengthOfItsPayload) {
  const auto header = parse_block_header("#800001200abc");
  ASSERT_TRUE(header && *header);
  EXPECT_EQ((*header)->bytes, 10U);
  EXPECT_EQ((*header)->length, 1200U);
  EXPECT_EQ(parse_block_header("#10").value()->length, 0U);
  EXPECT_EQ(parse_block_header("#9999999999").value()->length, 999'999'999U);
  EXPECT_FALSE(parse_block_header("#0").value()->length.has_value());
}

TEST(BlockHeader, WaitsForItsDigitsAndRefusesOthers) {
  for (const char* part : {"", "#", "#1", "#41", "#4102", "#9"})
    EXPECT_FALSE(parse_block_header(part).value().has_value()) << part;
  for (const char* wrong : {"1", "a", "##", "#A", "#1x", "#41a", "#2 5", "#1-"})
    EXPECT_EQ(parse_block_header(wrong).error().code, Code::kInvalid) << wrong;
}

TEST(BlockHeader, ReadsBackWhatItWrites) {
  for (const std::uint64_t length : {0ULL, 9ULL, 10ULL, 250'000ULL, 999'999'999ULL}) {
    const std::string text = format_block_header(length);
    EXPECT_EQ(parse_block_header(text).value()->length, length);
    EXPECT_EQ(parse_block_header(text).value()->bytes, text.size());
  }
}

struct Parts {
  std::vector<Datum> data;
  std::string error;
};

Parts parts_of(std::string_view answer) {
  AnswerReader reader(answer);
  Parts parts;
  while (true) {
    const auto datum = reader.next();
    if (!datum) parts.error = to_string(datum.error());
    if (!datum || !*datum) return parts;
    parts.data.push_back(**datum);
  }
}

TEST(AnswerReader, TakesListsApart) {
  const Parts parts = parts_of("1, -2.5E3 ;NORM,\"a,\"\"b\"\";\",'x' , (@1,2:4),#13a,;,9");
  ASSERT_EQ(parts.error, "");
  const std::vector<std::pair<std::string_view, char>> kWanted = {
      {"1", ','},   {"-2.5E3", ';'},   {"NORM", ','}, {"\"a,\"\"b\"\";\"", ','},
      {"'x'", ','}, {"(@1,2:4)", ','}, {"a,;", ','},  {"9", '\0'}};
  ASSERT_EQ(parts.data.size(), kWanted.size());
  for (std::size_t i = 0; i < kWanted.size(); ++i) {
    EXPECT_EQ(parts.data[i].text, kWanted[i].first);
    EXPECT_EQ(parts.data[i].separator, kWanted[i].second);
  }
  EXPECT_EQ(parts.data[3].kind, Datum::Kind::kString);
  EXPECT_EQ(parts.data[5].kind, Datum::Kind::kText);
  EXPECT_EQ(parts.data[6].kind, Datum::Kind::kBlock);
}

TEST(AnswerReader, KeepsWhatInstrumentsWriteWithoutRules) {
  const Parts parts = parts_of("RIGOL TECHNOLOGIES,DS1054Z,DS1ZA1,00.04.04.SP3");
  ASSERT_EQ(parts.data.size(), 4U);
  EXPECT_EQ(parts.data[0].text, "RIGOL TECHNOLOGIES");
  EXPECT_EQ(parts.data[3].text, "00.04.04.SP3");
}

TEST(AnswerReader, GivesEmptyValuesTheirPlace) {
  EXPECT_EQ(parts_of("").data.size(), 1U);
  EXPECT_EQ(parts_of("1,,2").data.size(), 3U);
  EXPECT_EQ(parts_of("1,").data.size(), 2U);
}

TEST(AnswerReader, SaysWhereAnAnswerIsDamaged) {
  EXPECT_EQ(parts_of("1,\"open").error, "invalid: a string without its closing quote (at byte 2)");
  EXPECT_EQ(parts_of("(@1,2").error,
            "invalid: an expression without its closing bracket (at byte 0)");
  EXPECT_EQ(parts_of("5,#19abc").error,
            "invalid: a block of 9 bytes, of which only 3 came (at byte 5)");
  EXPECT_EQ(parts_of("\"a\"b").error,
            "invalid: something between a value and its separator: 'b' (at byte 3)");
  EXPECT_EQ(parts_of("#4").error, "invalid: a block's header is cut off or damaged (at byte 0)");
}

TEST(AnswerReader, TakesABlockOfIndefiniteLengthUpToTheEnd) {
  const Parts parts = parts_of("#0a,b;c");
  ASSERT_EQ(parts.data.size(), 1U);
  EXPECT_EQ(parts.data[0].text, "a,b;c");
}

// What it gives lies within the answer and in order, whatever the answer holds.
TEST(AnswerReader, StaysWithinTenThousandDamagedAnswers) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const std::string kWhole = "1,-2.5E3;NORM,\"a,\"\"b\"\";\",'x',(@1,2:4),#15hello,9,#HFF";
  for (int round = 0; round < 10'000; ++round) {
    std::string damaged = kWhole;
    for (std::size_t i = 0; i < 1 + random() % 4; ++i)
      damaged[random() % damaged.size()] = static_cast<char>(random() & 0xff);
    damaged.resize(random() % 4 == 0 ? random() % damaged.size() : damaged.size());
    // In a buffer of its own, so that the address sanitizer sees a byte too many.
    const std::vector<char> exact(damaged.begin(), damaged.end());
    const Parts parts = parts_of({exact.data(), exact.size()});
    const char* last = exact.data();
    for (const Datum& datum : parts.data) {
      ASSERT_GE(datum.text.data(), last) << damaged;
      last = datum.text.data() + datum.text.size();
      ASSERT_LE(last, exact.data() + exact.size()) << damaged;
    }
  }
}

}  // namespace
}  // namespace acq::scpi
