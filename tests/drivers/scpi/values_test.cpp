#include "drivers/scpi/values.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

namespace acq::scpi {
namespace {

// The forms of IEEE 488.2-1992, 8.7: NR1, NR2, NR3, hexadecimal, octal, binary.
TEST(ScpiValues, ReadEveryFormOfANumber) {
  const std::pair<const char*, double> kForms[] = {
      {"0", 0},        {"+12", 12},   {"-7", -7},    {"1.5", 1.5},
      {"-.25", -0.25}, {"5.", 5},     {"1E3", 1000}, {"+1.00000E-03", 0.001},
      {"2.5e+2", 250}, {"#HFF", 255}, {"#hff", 255}, {"#Q17", 15},
      {"#B1011", 11},  {" 42\r", 42}, {"-0.0", 0},   {"9.90E+36", 9.9e36},
  };
  for (const auto& [text, value] : kForms) {
    const Result<double> read = parse_number(text);
    ASSERT_TRUE(read.has_value()) << text;
    EXPECT_EQ(*read, value) << text;
  }
}

// SCPI-99 volume 1, 7.2.1.4 and 7.2.1.5.
TEST(ScpiValues, KnowTheNumbersThatStandForInfinityAndNoNumber) {
  for (const char* text : {"9.9E37", "9.9E+37", "+9.90000E+37", "INF", "inf", "INFinity"})
    EXPECT_EQ(parse_number(text).value(), HUGE_VAL) << text;
  for (const char* text : {"-9.9E37", "NINF", "-INF"})
    EXPECT_EQ(parse_number(text).value(), -HUGE_VAL) << text;
  for (const char* text : {"9.91E37", "9.91E+37", "NAN", "nan"})
    EXPECT_TRUE(std::isnan(parse_number(text).value())) << text;
}

TEST(ScpiValues, RefuseWhatIsNoNumber) {
  for (const char* text : {"",
                           " ",
                           "+",
                           "-",
                           ".",
                           "E5",
                           "1E",
                           "1.2.3",
                           "1,2",
                           "1 2",
                           "0x10",
                           "--1",
                           "+-1",
                           "#",
                           "#H",
                           "#HG",
                           "#Q8",
                           "#B2",
                           "#X1",
                           "1V",
                           "1E999",
                           "infinit",
                           "#HFFFFFFFFFFFFFFFFF",
                           "nan(1)"}) {
    const Result<double> read = parse_number(text);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_EQ(read.error().code, Code::kInvalid) << text;
    EXPECT_FALSE(read.error().allowed.empty()) << text;
  }
}

TEST(ScpiValues, ReadWholeNumbersExactly) {
  EXPECT_EQ(parse_integer("9223372036854775807").value(), INT64_MAX);
  EXPECT_EQ(parse_integer("-9223372036854775808").value(), INT64_MIN);
  EXPECT_EQ(parse_integer("+12").value(), 12);
  EXPECT_EQ(parse_integer("#H7FFFFFFFFFFFFFFF").value(), INT64_MAX);
  EXPECT_EQ(parse_integer("1.2E+7").value(), 12'000'000);
  EXPECT_EQ(parse_integer("1200.000").value(), 1200);
  for (const char* text : {"1.5", "9223372036854775808", "1E30", "INF", "NAN", "9.91E37", "+-1",
                           "#HFFFFFFFFFFFFFFFF", "", "x"})
    EXPECT_FALSE(parse_integer(text).has_value()) << text;
}

TEST(ScpiValues, ReadFlags) {
  EXPECT_TRUE(parse_flag("1").value());
  EXPECT_TRUE(parse_flag(" on ").value());
  EXPECT_FALSE(parse_flag("0").value());
  EXPECT_FALSE(parse_flag("OFF").value());
  for (const char* text : {"", "2", "-1", "yes", "0.5"}) EXPECT_FALSE(parse_flag(text)) << text;
}

TEST(ScpiValues, ReadStringsWithDoubledQuotes) {
  EXPECT_EQ(parse_string("\"it \"\"is\"\"\"").value(), "it \"is\"");
  EXPECT_EQ(parse_string("'it''s'").value(), "it's");
  EXPECT_EQ(parse_string("\"\"").value(), "");
  EXPECT_EQ(parse_string("'\"'").value(), "\"");
  for (const char* text : {"", "\"", "abc", "\"a", "a\"", "\"a'", "\"a\"b\"", "\"a\"\""})
    EXPECT_FALSE(parse_string(text).has_value()) << text;
}

TEST(ScpiValues, ReadBackEveryNumberTheyWrite) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 100'000; ++i) {
    const double value = std::bit_cast<double>(random());
    // What SCPI keeps for no number and infinity, and beyond, cannot be told apart from them.
    if (!std::isfinite(value) || std::abs(value) == 9.9e37 || std::abs(value) == 9.91e37) continue;
    const std::string text = format_number(value);
    const Result<double> read = parse_number(text);
    ASSERT_TRUE(read.has_value()) << text;
    ASSERT_EQ(*read, value) << text;
  }
  EXPECT_EQ(parse_number(format_number(HUGE_VAL)).value(), HUGE_VAL);
  EXPECT_EQ(parse_number(format_number(-HUGE_VAL)).value(), -HUGE_VAL);
  EXPECT_TRUE(std::isnan(parse_number(format_number(std::nan(""))).value()));
}

TEST(ScpiValues, ReadBackEveryStringTheyWrite) {
  for (const char* text : {"", "plain", "\"", "\"\"", "a\"b'c", "'"})
    EXPECT_EQ(parse_string(format_string(text)).value(), text);
}

TEST(ScpiValues, AWordIsKnownInEveryFormThatIsAnswered) {
  for (const char* answer : {"VOLT:DC", "volt:dc", "VOLTAGE:DC", "VOLT", "Voltage"})
    EXPECT_TRUE(means(answer, "VOLT:DC")) << answer;
  for (const char* answer : {"VOLT:AC", "CURR", "VOL", "", "VOLT:DC:RAT", ":"})
    EXPECT_FALSE(means(answer, "VOLT:DC")) << answer;
  EXPECT_TRUE(means("VOLTage:AC", "VOLT:AC"));
  EXPECT_FALSE(means("VOLT", "VOLT:AC"));
  EXPECT_TRUE(means("FREQUENCY", "FREQ"));
  EXPECT_FALSE(means("FRES", "RES"));
}

}  // namespace
}  // namespace acq::scpi
