#include "dsp/base/result.h"

#include <gtest/gtest.h>

#include <set>

namespace acq {
namespace {

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> good = 5;
  const Result<int> bad = fail(Code::kBusy, "somebody else holds it");
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, 5);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, Code::kBusy);
}

TEST(Code, HasAWordOfItsOwnForEveryValue) {
  std::set<std::string_view> words;
  for (int code = 0; code <= static_cast<int>(Code::kInternal); ++code) {
    words.insert(to_string(static_cast<Code>(code)));
  }
  EXPECT_EQ(words.size(), static_cast<std::size_t>(Code::kInternal) + 1);
  EXPECT_EQ(to_string(Code::kNotFound), "not_found");
}

TEST(Error, ReadsAsOneSentenceWithPlaceAndAllowedValues) {
  const Error error{Code::kInvalid, "70 kHz is out of range", "psd.cutoff", "0 Hz to 50 kHz"};
  EXPECT_EQ(to_string(error),
            "invalid: 70 kHz is out of range (at psd.cutoff; allowed: 0 Hz to 50 kHz)");
}

TEST(Error, LeavesOutWhatIsNotKnown) {
  EXPECT_EQ(to_string(Error{Code::kIo, "disk gone"}), "io: disk gone");
  EXPECT_EQ(to_string(Error{Code::kIo, "disk gone", "a:1"}), "io: disk gone (at a:1)");
  EXPECT_EQ(to_string(Error{Code::kIo, "disk gone", {}, "x"}), "io: disk gone (allowed: x)");
}

TEST(Quote, ShowsOrdinaryTextAsItIs) {
  EXPECT_EQ(quote("5 µV"), "'5 µV'");
  EXPECT_EQ(quote(""), "''");
}

TEST(Quote, ReplacesControlCharactersAndDamagedUtf8) {
  EXPECT_EQ(quote("a\nb\x1b[0m"), "'a?b?[0m'");
  EXPECT_EQ(quote("\xff\xc3"), "'?\?'");              // never a lead byte; lead byte cut off
  EXPECT_EQ(quote("\xc0\xaf"), "'?\?'");              // overlong slash
  EXPECT_EQ(quote("\xed\xa0\x80"), "'?\?\?'");        // a surrogate
  EXPECT_EQ(quote("\xf4\x90\x80\x80"), "'?\?\?\?'");  // beyond U+10FFFF
  EXPECT_EQ(quote(std::string_view("a\0b", 3)), "'a?b'");
}

TEST(Quote, KeepsAtMost64BytesAndNeverHalfACharacter) {
  EXPECT_EQ(quote(std::string(64, 'x')), "'" + std::string(64, 'x') + "'");
  EXPECT_EQ(quote(std::string(65, 'x')), "'" + std::string(64, 'x') + "...'");
  EXPECT_EQ(quote(std::string(63, 'x') + "µ"), "'" + std::string(63, 'x') + "...'");
}

TEST(CheckDeathTest, AbortsWithTheExpressionAndThePlace) {
  EXPECT_DEATH(ACQ_CHECK(1 + 1 == 3), "check failed: 1 \\+ 1 == 3 at .*result_test.cpp:");
}

}  // namespace
}  // namespace acq
