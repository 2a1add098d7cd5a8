#include "daemon/service/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <regex>

namespace acq {
namespace {

// What a set-up log writes to stderr, with JOURNAL_STREAM naming it or not.
class LogTest : public testing::Test {
 protected:
  ~LogTest() override {
    unsetenv("JOURNAL_STREAM");
    spdlog::set_level(spdlog::level::info);
    spdlog::set_default_logger(before_);
  }

  static void pretend_journal() {
    struct stat file{};
    fstat(STDERR_FILENO, &file);
    const std::string stream = std::to_string(file.st_dev) + ":" + std::to_string(file.st_ino);
    setenv("JOURNAL_STREAM", stream.c_str(), 1);
  }

 private:
  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};
using Log = LogTest;

TEST_F(Log, GivesTheJournalItsPriorities) {
  testing::internal::CaptureStderr();
  pretend_journal();
  set_up_log();
  spdlog::set_level(spdlog::level::trace);
  spdlog::trace("t");
  spdlog::debug("d");
  spdlog::info("i");
  spdlog::warn("w");
  spdlog::error("e");
  spdlog::critical("c");
  // sd-daemon(3): 7 debug, 6 info, 4 warning, 3 error, 2 critical
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "<7>t\n<7>d\n<6>i\n<4>w\n<3>e\n<2>c\n");
}

TEST_F(Log, GivesAPersonTimeAndLevel) {
  testing::internal::CaptureStderr();
  setenv("JOURNAL_STREAM", "1:1", 1);  // inherited, but stderr goes elsewhere
  set_up_log();
  spdlog::warn("ring full");
  const std::string text = testing::internal::GetCapturedStderr();
  const std::regex form(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warning: ring full\n)");
  EXPECT_TRUE(std::regex_match(text, form)) << text;
}

TEST_F(Log, IgnoresAJournalVariableThatMeansNothing) {
  for (const char* stream : {"", "x", "12", "12:", ":3", "12:3x", "99999999999999999999:1"}) {
    testing::internal::CaptureStderr();
    setenv("JOURNAL_STREAM", stream, 1);
    set_up_log();
    spdlog::info("line");
    EXPECT_NE(testing::internal::GetCapturedStderr().find("info: line"), std::string::npos)
        << stream;
  }
}

TEST_F(Log, KeepsTextFromOutsideOnOneLine) {
  testing::internal::CaptureStderr();
  pretend_journal();
  set_up_log();
  spdlog::info("refused '{}'", "x\n<0>forged\x1b[31m");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "<6>refused 'x\\n<0>forged\\x1b[31m'\n");
}

TEST_F(Log, ShowsOnlyTheLevelAskedForAndAbove) {
  testing::internal::CaptureStderr();
  pretend_journal();
  set_up_log();
  ASSERT_TRUE(set_log_level("warn"));
  spdlog::info("hidden");
  spdlog::warn("shown");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "<4>shown\n");
}

TEST_F(Log, RefusesAnUnknownLevelWithTheChoices) {
  const Result<void> set = set_log_level("loud");
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, Code::kInvalid);
  EXPECT_EQ(set.error().where, "service.log_level");
  EXPECT_EQ(set.error().allowed, "trace, debug, info, warn, error, off");
}

TEST(EscapeControls, LeavesPrintableTextAlone) {
  EXPECT_EQ(escape_controls("20 \xC2\xB5V \\ \"q\""), "20 \xC2\xB5V \\ \"q\"");
}

TEST(EscapeControls, ShowsEachControlCharacter) {
  EXPECT_EQ(escape_controls(std::string_view("a\0b\r\n\t\x7F", 7)), "a\\x00b\\x0d\\n\\t\\x7f");
}

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(LineLimit, ShowsTheFirstLineAtOnceThenOneASecondWithTheNumberHidden) {
  LineLimit limit;
  EXPECT_EQ(limit.admit(0), 0U);
  for (int i = 1; i < 1000; ++i) EXPECT_EQ(limit.admit(i * kSecond / 1000), std::nullopt);
  EXPECT_EQ(limit.admit(kSecond), 999U);
  EXPECT_EQ(limit.admit(kSecond + 1), std::nullopt);
  EXPECT_EQ(limit.admit(2 * kSecond), 1U);
  EXPECT_EQ(limit.admit(9 * kSecond), 0U);
}

TEST(LineLimit, GivesUpTheLastHiddenLinesOnce) {
  LineLimit limit;
  EXPECT_EQ(limit.take_hidden(0), std::nullopt);
  EXPECT_EQ(limit.admit(0), 0U);
  EXPECT_EQ(limit.admit(1), std::nullopt);
  EXPECT_EQ(limit.take_hidden(2), std::nullopt);
  EXPECT_EQ(limit.take_hidden(kSecond), 1U);
  EXPECT_EQ(limit.take_hidden(5 * kSecond), std::nullopt);
}

}  // namespace
}  // namespace acq
