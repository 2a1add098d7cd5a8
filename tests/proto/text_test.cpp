#include "proto/text.h"

#include <gtest/gtest.h>

namespace acq {
namespace {

TEST(CleanText, TakesUtf8OfEveryLength) {
  EXPECT_TRUE(is_clean_text(""));
  EXPECT_TRUE(is_clean_text("plain text ~"));
  EXPECT_TRUE(is_clean_text("\xC2\xB5V \xE2\x82\xAC \xF0\x9F\x93\x88"));  // micro, euro, chart
  EXPECT_TRUE(is_clean_text("\xC2\xA0"));                                 // first after C1
  EXPECT_TRUE(is_clean_text("\xF4\x8F\xBF\xBF"));                         // U+10FFFF
}

TEST(CleanText, RefusesControlCharacters) {
  for (char c = 1; c < 0x20; ++c) EXPECT_FALSE(is_clean_text(std::string(1, c))) << int{c};
  EXPECT_FALSE(is_clean_text(std::string_view("\0", 1)));
  EXPECT_FALSE(is_clean_text("\x7F"));
  EXPECT_FALSE(is_clean_text("\xC2\x80"));  // C1
  EXPECT_FALSE(is_clean_text("\xC2\x9F"));
}

TEST(CleanText, RefusesMalformedUtf8) {
  // The Unicode Standard, table 3-7: what is outside the rows.
  for (const char* text : {"\x80", "\xBF", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80",
                           "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF",
                           "\xC2", "\xE2\x82", "\xF0\x9F\x93", "a\xE2\x82z"}) {
    EXPECT_FALSE(is_clean_text(text)) << shown(text);
  }
}

TEST(Shown, EscapesWhatWouldDisturbATerminal) {
  EXPECT_EQ(shown("20 kHz"), "'20 kHz'");
  EXPECT_EQ(shown("a\nb\x1b[2J"), "'a\\x0ab\\x1b[2J'");
  EXPECT_EQ(shown("\xFF\xC2"), "'\\xff\\xc2'");
}

TEST(Shown, ShowsAtMost64BytesOfTheInput) {
  EXPECT_EQ(shown(std::string(64, 'x')), "'" + std::string(64, 'x') + "'");
  EXPECT_EQ(shown(std::string(65, 'x')), "'" + std::string(64, 'x') + "...'");
  // Cut in the middle of a character: the rest is shown as bytes.
  EXPECT_EQ(shown(std::string(63, 'x') + "\xC2\xB5"), "'" + std::string(63, 'x') + "\\xc2...'");
}

}  // namespace
}  // namespace acq
