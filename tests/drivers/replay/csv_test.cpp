#include "drivers/replay/csv.h"

#include <cmath>

#include "tests/drivers/replay/support.h"

namespace acq::replay {
namespace {

std::vector<double> read(std::string_view text, const Hints& hints = {}) {
  const TempFolder folder;
  const auto file = opened(folder.write("a.csv", text), hints);
  return file ? all_samples<double>(*file) : std::vector<double>{};
}

TEST(Csv, FindsTheSeparator) {
  const std::vector<double> expected = {1, 2.5, -3, 4e3};
  EXPECT_EQ(read("1,2.5\n-3,4e3\n"), expected);
  EXPECT_EQ(read("1;2,5\n-3;4e3\n"), expected);  // decimal comma
  EXPECT_EQ(read("1\t2.5\r\n-3\t4e3\r\n"), expected);
  EXPECT_EQ(read("  1   2.5\n -3  +4e3"), expected);
  EXPECT_EQ(read("1, 2.5,\n-3, 4e3,\n"), expected);  // rows may end in a separator
  EXPECT_EQ(read("\"1\",\"2.5\"\n-3,4e3\n"), expected);
}

TEST(Csv, SkipsCommentsEmptyLinesAndWhatTheUserSays) {
  EXPECT_EQ(read("\xef\xbb\xbf# a scope\n\n1\n#2\n\n3\n"), (std::vector<double>{1, 3}));
  EXPECT_EQ(read("Model, X\nSerial, 7\nA,B\n1,2\n", {.skip_lines = 2}),
            (std::vector<double>{1, 2}));
}

TEST(Csv, ReadsNamesAndUnits) {
  const TempFolder folder;
  const auto file =
      opened(folder.write("a.csv", "Voltage (mV),\"Temp, inside [Cel]\",plain\n1,2,3\n"));
  ASSERT_TRUE(file);
  const std::vector<Channel>& channels = file->recording().channels;
  EXPECT_EQ(channels[0].label, "Voltage");
  EXPECT_EQ(channels[0].unit, "mV");
  EXPECT_EQ(channels[1].label, "Temp, inside");
  EXPECT_EQ(channels[1].unit, "Cel");
  EXPECT_EQ(channels[2].unit, "1");
  EXPECT_EQ(file->recording().rate_hz.num, 0U);
}

TEST(Csv, ASingleColumnMayHaveANameWithBlanks) {
  const TempFolder folder;
  const auto file = opened(folder.write("a.txt", "Probe voltage (V)\n1\n2\n"));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->recording().channels[0].label, "Probe voltage");
}

TEST(Csv, ATimeColumnGivesTheRate) {
  const TempFolder folder;
  const auto file = opened(folder.write("a.csv", "Time (ms),a,b\n5,1,2\n5.5,3,4\n6,5,6\n"));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->recording().rate_hz, (Rational{2000, 1}));
  EXPECT_EQ(file->recording().channels.size(), 2U);
  EXPECT_EQ(all_samples<double>(*file), (std::vector<double>{1, 2, 3, 4, 5, 6}));
}

TEST(Csv, TheUsersRateWinsOverTheTimeColumn) {
  const TempFolder folder;
  const auto file = opened(folder.write("a.csv", "t,a\n0,1\n0,2\n"), {.rate_hz = {50, 1}});
  ASSERT_TRUE(file);
  EXPECT_EQ(file->recording().rate_hz, (Rational{50, 1}));
}

TEST(Csv, PassesWhatIsNotANumberOnWhenItSaysSo) {
  const std::vector<double> samples = read("1\nnan\n-inf\n");
  ASSERT_EQ(samples.size(), 3U);
  EXPECT_TRUE(std::isnan(samples[1]));
  EXPECT_TRUE(std::isinf(samples[2]));
}

TEST(Csv, RefusesWithTheLineWhatIsWrong) {
  const TempFolder folder;
  const auto with = [&](std::string_view text) { return refused(folder.write("a.csv", text)); };
  EXPECT_REFUSED(with(""), Code::kInvalid, "line 0", "no numbers");
  EXPECT_REFUSED(with("# only\n# comments\n"), Code::kInvalid, "line 2", "no numbers");
  EXPECT_REFUSED(with("a,b\n"), Code::kInvalid, "line 1", "no numbers");
  EXPECT_REFUSED(with("1,2\n3\n"), Code::kInvalid, "line 2", "has 1 columns");
  EXPECT_REFUSED(with("1,2\n3,4,5\n"), Code::kInvalid, "line 2", "has 3 columns");
  EXPECT_REFUSED(with("a,b\n1,2,3\n"), Code::kInvalid, "line 1", "has 2 names");
  EXPECT_REFUSED(with("1,2\n3,4\n5,x\x01y\n"), Code::kInvalid, "line 3", "column 2 is 'x\\x01y'");
  EXPECT_REFUSED(with("1,2\n3,\n"), Code::kInvalid, "line 2", "has 1 columns");
  EXPECT_REFUSED(with("1,2,3\n4,,6\n"), Code::kInvalid, "line 2", "column 2 is ''");
  EXPECT_REFUSED(with("1e999\n"), Code::kInvalid, "line 1", "no numbers");
  EXPECT_REFUSED(with("1\n1e999\n"), Code::kInvalid, "line 2", "'1e999'");
  EXPECT_REFUSED(with("a\xff,b\n1,2\n"), Code::kInvalid, "line 1", "'a\\xff'");
  EXPECT_REFUSED(with("t\n1\n2\n"), Code::kInvalid, "line 1", "time column and no other");
  EXPECT_REFUSED(with("t (kg),a\n1,2\n"), Code::kInvalid, "line 1", "'kg'");
  EXPECT_REFUSED(with("t,a\n0,1\n"), Code::kInvalid, "line 2", "go forward");
  EXPECT_REFUSED(with("t,a\n2,1\n1,2\n"), Code::kInvalid, "line 3", "go forward");
  EXPECT_REFUSED(with("t,a\n0,1\nnan,2\n"), Code::kInvalid, "line 3", "not finite");
  EXPECT_REFUSED(with("t,a\n0,1\n1,2\n# x\n3.6,3\n4,4\n"), Code::kInvalid, "line 5", "3.6 is off");
  std::string wide = "1";
  for (int i = 0; i < 70; ++i) wide += ",1";
  EXPECT_REFUSED(with(wide), Code::kInvalid, "line 1", "too many columns");
}

}  // namespace
}  // namespace acq::replay
