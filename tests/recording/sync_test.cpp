// What a recording says and keeps while its syncs are made elsewhere.
#include <gtest/gtest.h>

#include "recording/journal_cursor.h"
#include "recording/verify.h"
#include "tests/recording/faulty_disk.h"
#include "tests/recording/sample_journal.h"
#include "tests/recording/temporary_folder.h"

namespace acq {
namespace {

constexpr std::uint32_t kPacketSamples = 200;

// Begins a sync when it is asked to, and ends it when the test says so, or somebody waits for it.
class HeldSyncer final : public Syncer {
 public:
  bool is_held = true;
  bool fails = false;

  void begin(OutputFile& file) override {
    ASSERT_EQ(file_, nullptr) << "one at a time";
    file_ = &file;
    begun_bytes = file.size();
  }
  [[nodiscard]] bool is_done() const noexcept override { return file_ == nullptr || !is_held; }
  Result<void> take() override {
    OutputFile& file = *std::exchange(file_, nullptr);
    return fails ? FaultyDisk::broken() : file.sync();
  }
  [[nodiscard]] bool is_busy() const noexcept { return file_ != nullptr; }
  std::uint64_t begun_bytes = 0;

 private:
  OutputFile* file_ = nullptr;
};

class SyncTest : public testing::Test {
 protected:
  void open(Disk& disk = system_disk()) {
    JournalOptions options = sample_options(folder_.path());
    options.chunk_bytes = 4000;
    options.segment_bytes = segment_bytes_;
    writer_ = std::make_unique<JournalWriter>(disk, clock_, options, &syncer_);
    ASSERT_TRUE(writer_->open());
    feed_ = std::make_unique<SampleFeed>(*writer_, clock_);
  }
  // Five packets are a second.
  Result<void> packets(int count) {
    Result<void> result;
    for (int i = 0; i < count; ++i) {
      feed_->packet(kPacketSamples);
      clock_.advance(198'000'000);
      if (!writer_->wants_flush()) continue;
      if (auto done = writer_->flush(); !done) result = done;
    }
    return result;
  }
  // Syncs end at once but for the last one of the first segment, which goes on.
  void begin_second_segment() {
    while (writer_->segments() < 2) {
      ASSERT_TRUE(packets(1));
      if (writer_->segments() > 1 || !syncer_.is_busy()) continue;
      syncer_.is_held = false;
      ASSERT_TRUE(writer_->flush());
      syncer_.is_held = true;
    }
    ASSERT_TRUE(syncer_.is_busy());
  }
  [[nodiscard]] std::uint64_t recorded() const { return writer_->account(0).recorded; }
  [[nodiscard]] Verification verified() const {
    const auto journal = Journal::open(folder_ / "run");
    EXPECT_TRUE(journal) << to_string(journal.error());
    auto found = verify(*journal);
    EXPECT_TRUE(found->problems.empty()) << found->sentence();
    return std::move(*found);
  }

  // What the file adds up to once the disk works again and the recording has ended.
  [[nodiscard]] StreamSum ended_behind_the_failure() {
    syncer_.fails = false;
    EXPECT_TRUE(packets(12));
    EXPECT_TRUE(writer_->close());
    const StreamSum sum = verified().streams.at(0);
    EXPECT_EQ(sum.recorded + sum.lost.total(), feed_->next_index());
    return sum;
  }

  TemporaryFolder folder_;
  FakeClock clock_;
  HeldSyncer syncer_;
  std::uint64_t segment_bytes_ = std::uint64_t{1} << 30;
  std::unique_ptr<JournalWriter> writer_;
  std::unique_ptr<SampleFeed> feed_;
};

TEST_F(SyncTest, ChunksAreWrittenWhileASyncGoesOnAndNothingIsCalledRecordedBefore) {
  open();
  ASSERT_TRUE(packets(6));
  ASSERT_TRUE(syncer_.is_busy());
  const std::uint64_t at_begin = syncer_.begun_bytes;
  ASSERT_TRUE(packets(50));
  EXPECT_GT(writer_->bytes(), at_begin + 40 * kPacketSamples * 4);
  EXPECT_EQ(recorded(), 0U);
  syncer_.is_held = false;
  ASSERT_TRUE(writer_->wants_flush());
  ASSERT_TRUE(writer_->flush());
  const std::uint64_t first = recorded();
  EXPECT_GT(first, 0U);
  EXPECT_LE(first, 6U * kPacketSamples) << "what came behind the begin of the sync is not safe";
  ASSERT_TRUE(packets(6));
  EXPECT_GE(recorded(), 56U * kPacketSamples);
  ASSERT_TRUE(writer_->close());
  EXPECT_EQ(recorded(), feed_->next_index());
  EXPECT_EQ(verified().streams.at(0).recorded, feed_->next_index());
}

TEST_F(SyncTest, ClocksAndAccountsComeEachSecondThoughASyncTakesLonger) {
  open();
  ASSERT_TRUE(packets(51));
  ASSERT_TRUE(syncer_.is_busy());
  ASSERT_TRUE(writer_->close());
  const auto journal = Journal::open(folder_ / "run");
  ASSERT_TRUE(journal);
  int accounts = 0;
  JournalFilter filter;
  filter.has_accounts = true;
  JournalCursor cursor(*journal, filter);
  while (*cursor.next() != nullptr) ++accounts;
  EXPECT_GE(accounts, 10);
}

TEST_F(SyncTest, WhatWasWrittenSinceTheLastGoodSyncIsLostWithTheOneThatFailsAndNamed) {
  open();
  syncer_.is_held = false;
  ASSERT_TRUE(packets(12));
  const std::uint64_t safe = recorded();
  ASSERT_GT(safe, 0U);
  syncer_.is_held = true;
  ASSERT_TRUE(packets(20));
  ASSERT_TRUE(syncer_.is_busy());
  syncer_.fails = true;
  syncer_.is_held = false;
  const auto done = writer_->flush();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kIo);
  EXPECT_FALSE(writer_->is_writing());
  EXPECT_EQ(recorded(), safe);
  EXPECT_EQ(writer_->account(0).recorded + writer_->account(0).lost.total(), feed_->next_index());
  const StreamSum sum = ended_behind_the_failure();
  EXPECT_GE(sum.lost.total(), 20U * kPacketSamples);
  EXPECT_EQ(sum.lost.reasons, kGapRecorder);
}

TEST_F(SyncTest, ASegmentIsEndedWhileTheNextIsWritten) {
  segment_bytes_ = 30'000;
  open();
  begin_second_segment();
  const std::uint64_t ended = feed_->next_index();
  ASSERT_TRUE(syncer_.is_busy());
  EXPECT_TRUE(writer_->take_closed().empty());
  EXPECT_LT(recorded(), ended);
  ASSERT_TRUE(packets(10));
  EXPECT_LT(recorded(), ended);
  syncer_.is_held = false;
  ASSERT_TRUE(writer_->flush());
  EXPECT_EQ(recorded(), ended) << "and nothing of the next one";
  ASSERT_EQ(writer_->take_closed().size(), 1U);
  ASSERT_TRUE(writer_->close());
  EXPECT_EQ(verified().streams.at(0).recorded, feed_->next_index());
}

TEST_F(SyncTest, TheNextSegmentIsDroppedWhenTheEndOfTheOneBeforeFails) {
  segment_bytes_ = 30'000;
  open();
  syncer_.is_held = false;
  ASSERT_TRUE(packets(6));
  const std::uint64_t safe = recorded();
  ASSERT_GT(safe, 0U);
  syncer_.is_held = true;
  begin_second_segment();
  const std::uint64_t before_end = recorded();
  ASSERT_TRUE(packets(10));
  syncer_.fails = true;
  syncer_.is_held = false;
  ASSERT_FALSE(writer_->flush());
  EXPECT_EQ(recorded(), before_end);
  EXPECT_FALSE(writer_->is_writing());
  EXPECT_EQ(writer_->account(0).recorded + writer_->account(0).lost.total(), feed_->next_index());
  const StreamSum sum = ended_behind_the_failure();
  EXPECT_GE(sum.lost.total(), 10U * kPacketSamples);
}

TEST_F(SyncTest, WhatIsNotSyncedIsNeverMoreThanTwoSegments) {
  segment_bytes_ = 30'000;
  open();
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(packets(1));
    const std::uint64_t unsynced = feed_->next_index() - recorded();
    ASSERT_LE(unsynced * 4, 2 * segment_bytes_ + 30'000) << i;
  }
  ASSERT_TRUE(writer_->close());
  EXPECT_EQ(verified().streams.at(0).recorded, feed_->next_index());
}

TEST_F(SyncTest, AWriterThatGoesWaitsForTheSyncOfItsFile) {
  open();
  ASSERT_TRUE(packets(6));
  ASSERT_TRUE(syncer_.is_busy());
  writer_.reset();
  EXPECT_FALSE(syncer_.is_busy());
}

// As if a sync took three flushes: every call of the disk fails once, also while one goes on.
class LateSyncer final : public Syncer {
 public:
  void begin(OutputFile& file) override {
    file_ = &file;
    asked_ = 0;
  }
  [[nodiscard]] bool is_done() const noexcept override { return ++asked_ > 6; }
  Result<void> take() override { return file_->sync(); }

 private:
  OutputFile* file_ = nullptr;
  mutable int asked_ = 0;
};

std::uint64_t record_late(FaultyDisk& disk, const std::string& folder) {
  FakeClock clock;
  LateSyncer syncer;
  JournalOptions options = sample_options(folder);
  options.chunk_bytes = 4000;
  options.segment_bytes = 30'000;
  options.reserve_bytes = 16'000;
  JournalWriter writer(disk, clock, options, &syncer);
  (void)writer.open();
  SampleFeed feed(writer, clock);
  std::uint64_t recorded = 0;
  for (int i = 0; i < 60; ++i) {
    feed.packet(kPacketSamples);
    clock.advance(200'000'000);
    if (writer.wants_flush()) (void)writer.flush();
    EXPECT_GE(writer.account(0).recorded, recorded) << "recorded never falls";
    recorded = writer.account(0).recorded;
  }
  (void)writer.close();
  return feed.next_index();
}

TEST(LateSync, OneErrorAtAnyCallOfTheDiskLeavesEverythingReadOrNamed) {
  std::uint64_t calls = 0;
  {
    const TemporaryFolder folder;
    FaultyDisk disk;
    record_late(disk, folder.path());
    calls = disk.calls;
  }
  ASSERT_GT(calls, 50U);
  for (std::uint64_t n = 2; n <= calls; ++n) {  // without its folder nothing can be
    const TemporaryFolder folder;
    FaultyDisk disk;
    disk.fails_at = n;
    const std::uint64_t made = record_late(disk, folder.path());
    const auto journal = Journal::open(folder / "run");
    ASSERT_TRUE(journal) << n;
    std::uint64_t there = 0;
    JournalCursor cursor(*journal, JournalFilter::stream(0));
    for (auto item = cursor.next(); *item != nullptr; item = cursor.next()) {
      const JournalItem& packet = **item;
      EXPECT_EQ(packet.missing_before, 0U) << n;
      there += packet.packet.count + packet.packet.lost_before.total();
      const auto expected = samples_at(packet.packet.first_index, packet.packet.count);
      EXPECT_TRUE(std::equal(expected.begin(), expected.end(), packet.samples.begin(),
                             packet.samples.end()))
          << n;
    }
    EXPECT_EQ(there, made) << n;
  }
}

}  // namespace
}  // namespace acq
