#include "drivers/replay/file.h"

#include <sys/stat.h>

#include "tests/drivers/replay/support.h"

namespace acq::replay {
namespace {

TEST(File, ReadsAtAnyPlaceAndSaysWhereItEnds) {
  const TempFolder folder;
  const Result<File> file = File::open(folder.write("a", "0123456789"));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->size(), 10U);
  std::array<std::byte, 4> out;
  ASSERT_TRUE(file->read_at(6, out));
  EXPECT_EQ(out[0], std::byte{'6'});
  const Result<void> beyond = file->read_at(8, out);
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().code, Code::kIo);
  EXPECT_TRUE(beyond.error().where.ends_with("byte 10"));
}

TEST(File, RefusesWhatIsNoRegularFileWithoutHanging) {
  const TempFolder folder;
  const std::string pipe = folder.write("x", "") + ".pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(File::open(pipe).error().code, Code::kInvalid);
  EXPECT_EQ(File::open("/dev/zero").error().code, Code::kInvalid);
  EXPECT_EQ(File::open("/").error().code, Code::kInvalid);
  EXPECT_EQ(File::open(pipe + ".none").error().code, Code::kNotFound);
  EXPECT_EQ(File::open(std::string("/dev\0null", 9)).error().code, Code::kNotFound);
}

TEST(File, ReadsTextUpToALimit) {
  const TempFolder folder;
  const Result<File> file = File::open(folder.write("a", "0123456789"));
  ASSERT_TRUE(file);
  EXPECT_EQ(*file->read_text(10), "0123456789");
  EXPECT_EQ(file->read_text(9).error().code, Code::kOverflow);
}

TEST(File, OnlyCleanTextMayLeave) {
  for (const char* text : {"", "plain", "\xc2\xb5V", "\xe2\x84\xa6", "\xf0\x9f\x94\xac"})
    EXPECT_TRUE(is_clean(text)) << text;
  for (const char* text :
       {"\n", "\x7f", "\xc2\x85", "\x80", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80",
        "\xf4\x90\x80\x80", "\xf0\x80\x80\x80", "\xff", "\xe2\x84", "a\xc2"})
    EXPECT_FALSE(is_clean(text)) << in_quotes(text);
  EXPECT_TRUE(is_clean(std::string(256, 'a')));
  EXPECT_FALSE(is_clean(std::string(257, 'a')));
  EXPECT_FALSE(is_clean(std::string_view("a\0b", 3)));
}

TEST(File, QuotesOtherPeoplesTextHarmlessly) {
  EXPECT_EQ(in_quotes("a\nb\xff"), "'a\\x0ab\\xff'");
  EXPECT_EQ(in_quotes(std::string(100, 'x')), "'" + std::string(64, 'x') + "'...");
}

TEST(SampleFile, AnUnknownEndingIsRefusedWithTheKnownOnes) {
  const Error error = refused("/tmp/recording.xyz");
  EXPECT_EQ(error.code, Code::kInvalid);
  EXPECT_NE(error.allowed.find(".sigmf-meta"), std::string::npos);
}

}  // namespace
}  // namespace acq::replay
