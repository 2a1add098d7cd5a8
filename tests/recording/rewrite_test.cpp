#include "recording/rewrite.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "recording/verify.h"
#include "tests/recording/sample_journal.h"
#include "tests/recording/temporary_folder.h"

namespace acq {
namespace {

class RewriteTest : public testing::Test {
 protected:
  // 100 packets of 100 samples, a mark in the middle; one millisecond each.
  void record(const std::string& name, std::uint64_t skip = 0) {
    JournalOptions options = sample_options(folder_.path());
    options.folder = folder_ / name;
    options.name = name;
    options.chunk_bytes = 4000;
    JournalWriter writer(system_disk(), clock_, options);
    ASSERT_TRUE(writer.open());
    writer.set_config(1, "[instrument.daq]\n");
    SampleFeed feed(writer, clock_);
    if (skip > 0) feed.skip(skip);
    for (int i = 0; i < 100; ++i) {
      feed.packet(100);
      if (i == 50) writer.add_event({clock_.utc_ns(), "daemon", "mark", "here", 1});
      ASSERT_TRUE(!writer.wants_flush() || writer.flush());
    }
    ASSERT_TRUE(writer.close());
  }
  Journal open(const std::string& name) {
    auto journal = Journal::open(folder_ / name);
    EXPECT_TRUE(journal) << to_string(journal.error());
    return std::move(*journal);
  }

  TemporaryFolder folder_;
  FakeClock clock_;
};

TEST_F(RewriteTest, VerifyAddsUpAWholeRecording) {
  record("run");
  const auto found = verify(open("run"));
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->problems.empty()) << found->sentence();
  EXPECT_EQ(found->streams.at(0).recorded, 10000U);
  EXPECT_EQ(found->sentence(), "The recording is whole: made 10000 = recorded 10000 + lost 0.");
}

TEST_F(RewriteTest, RecoverNamesADamagedChunkAsAGap) {
  record("run");
  const std::string path = folder_ / "run/run-0001.mcap";
  const auto offset = open("run").segments()[0].file->index().chunks.at(5).offset;
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(offset + 300));
  file.write("rot", 3);
  file.close();
  const auto before = verify(open("run"));
  EXPECT_GT(before->streams.at(0).missing, 0U);
  const auto report = recover_segment(system_disk(), path);
  ASSERT_TRUE(report) << to_string(report.error());
  EXPECT_EQ(report->missing, before->streams.at(0).missing);
  const auto after = verify(open("run"));
  EXPECT_TRUE(after->problems.empty()) << after->sentence();
  EXPECT_EQ(after->streams.at(0).lost.gap(), (Gap{report->missing, kGapRecorder, true}));
  EXPECT_TRUE(std::filesystem::exists(path + ".damaged"));
}

TEST_F(RewriteTest, CutGivesTheTimeAskedFor) {
  record("run");
  const Journal journal = open("run");
  JournalFilter filter = JournalFilter::everything(journal);
  filter.from_ns = journal.start_ns() + 20'000'000;
  filter.to_ns = filter.from_ns + 30'000'000;
  const auto report =
      cut(system_disk(), journal, filter, folder_ / "part.mcap", mcap::Compression::kZstd);
  ASSERT_TRUE(report) << to_string(report.error());
  EXPECT_EQ(report->samples, 3000U);
  const auto found = verify(open("part.mcap"));
  EXPECT_TRUE(found->problems.empty()) << found->sentence();
  EXPECT_EQ(found->streams.at(0).first_index, 2000U);
  EXPECT_FALSE(cut(system_disk(), journal, filter, folder_ / "part.mcap",
                   mcap::Compression::kNone));  // there is one of that name
}

TEST_F(RewriteTest, MergeNamesWhatIsBetweenTwoRecordings) {
  record("first");
  record("second", 12'000);
  const Journal first = open("first");
  const Journal second = open("second");
  const auto report =
      merge(system_disk(), {&second, &first}, folder_ / "both.mcap", mcap::Compression::kNone);
  ASSERT_TRUE(report) << to_string(report.error());
  EXPECT_EQ(report->samples, 20'000U);
  EXPECT_EQ(report->missing, 2'000U);
  const auto found = verify(open("both.mcap"));
  EXPECT_TRUE(found->problems.empty()) << found->sentence();
  EXPECT_EQ(found->streams.at(0).lost.total(), 2'000U);
}

TEST_F(RewriteTest, MergeRefusesTheSameSamplesTwice) {
  record("first");
  record("second");
  const Journal first = open("first");
  const Journal second = open("second");
  const auto report =
      merge(system_disk(), {&first, &second}, folder_ / "both.mcap", mcap::Compression::kNone);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kInvalid);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "both.mcap.part"));
}

}  // namespace
}  // namespace acq
