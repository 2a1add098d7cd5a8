#include "recording/journal.h"

#include <gtest/gtest.h>

#include "recording/journal_cursor.h"
#include "recording/verify.h"
#include "tests/recording/sample_journal.h"
#include "tests/recording/temporary_folder.h"
#include "tests/support/paths.h"

namespace acq {
namespace {

struct Read {
  std::uint64_t samples = 0;
  std::uint64_t lost = 0;
  std::uint64_t missing = 0;
  std::uint64_t next_index = 0;
  std::size_t packets = 0;
};

// Reads a stream to the end; every sample must be the one that was written, every index fit.
Read read_stream(const Journal& journal, std::size_t number = 0) {
  Read read;
  JournalCursor cursor(journal, JournalFilter::stream(number));
  for (auto item = cursor.next(); *item != nullptr; item = cursor.next()) {
    const JournalItem& packet = **item;
    read.lost += packet.packet.lost_before.total();
    read.missing += packet.missing_before;
    read.next_index += packet.packet.lost_before.total() + packet.missing_before;
    EXPECT_EQ(packet.packet.first_index, read.next_index);
    const auto expected = samples_at(packet.packet.first_index, packet.packet.count);
    EXPECT_TRUE(
        std::equal(expected.begin(), expected.end(), packet.samples.begin(), packet.samples.end()));
    read.samples += packet.packet.count;
    read.next_index += packet.packet.count;
    ++read.packets;
  }
  return read;
}

class JournalTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  FakeClock clock_;
};

TEST_F(JournalTest, GivesBackEverySampleWithItsStampAndDescription) {
  JournalWriter writer(system_disk(), clock_, sample_options(folder_.path()));
  ASSERT_TRUE(writer.open());
  writer.set_config(3, "[instrument.daq]\n");
  SampleFeed feed(writer, clock_);
  feed.packet(100);
  feed.packet(50, {20, kGapUsb | kGapLate, false});
  writer.add_event({clock_.utc_ns(), "daemon", "mark", "here", 3});
  ASSERT_TRUE(writer.close());

  const auto journal = Journal::open(folder_ / "run");
  ASSERT_TRUE(journal) << to_string(journal.error());
  EXPECT_EQ(journal->name(), "run");
  EXPECT_EQ(journal->software(), "acqd test");
  EXPECT_EQ(journal->run_id(), "0000000000001234");
  EXPECT_TRUE(journal->is_complete());
  ASSERT_EQ(journal->streams().size(), 1U);
  EXPECT_EQ(journal->streams()[0].name, "daq/analog");
  EXPECT_EQ(*journal->streams()[0].infos.at(0), *feed.info);
  EXPECT_EQ(journal->configs()->at(0).name, "config-3.toml");
  EXPECT_EQ(journal->configs()->at(0).data, "[instrument.daq]\n");

  JournalCursor cursor(*journal, JournalFilter::stream(0));
  ASSERT_NE(*cursor.next(), nullptr);
  const JournalItem& item = **cursor.next();
  EXPECT_EQ(item.packet.lost_before.gap(), (Gap{20, kGapUsb | kGapLate, false}));
  EXPECT_EQ(item.packet.first_index, 120U);
  EXPECT_EQ(item.packet.stamp.t0_ticks, 1200000);
  EXPECT_EQ(item.packet.stamp.origin, TimeOrigin::kComputed);
  EXPECT_EQ(item.packet.stamp.sigma_ns, 250);
  const Read read = read_stream(*journal);
  EXPECT_EQ(read.samples, 150U);
  EXPECT_EQ(read.lost, 20U);
}

TEST_F(JournalTest, KeepsWhereANewRecordBeganAlsoOverALoss) {
  JournalWriter writer(system_disk(), clock_, sample_options(folder_.path()));
  ASSERT_TRUE(writer.open());
  SampleFeed feed(writer, clock_);
  feed.packet(10);
  feed.packet(10, {0, kGapNewRecord, true});
  feed.packet(10, {3, kGapNewRecord | kGapDevice, true});
  feed.packet(10, {0, kGapDevice, false});
  EXPECT_EQ(writer.account(feed.stream()).lost.total(), 3U);
  ASSERT_TRUE(writer.close());
  const auto journal = Journal::open(folder_ / "run");
  ASSERT_TRUE(journal);
  JournalCursor cursor(*journal, JournalFilter::stream(0));
  std::vector<Gap> gaps;
  for (auto item = cursor.next(); *item != nullptr; item = cursor.next()) {
    const journal::Loss& lost = (*item)->packet.lost_before;
    gaps.push_back(lost.gap());
    EXPECT_EQ(lost.samples.back(), 0U) << "a new record is no loss";
  }
  EXPECT_EQ(gaps, (std::vector<Gap>{{},
                                    {0, kGapNewRecord, true},
                                    {3, kGapNewRecord | kGapDevice, true},
                                    {0, kGapDevice, false}}));
  EXPECT_EQ(verify(*journal)->notes, (std::vector<std::string>{"daq/analog: lost 3 device"}));
}

TEST_F(JournalTest, HoldsEventsClocksAndAccounts) {
  JournalWriter writer(system_disk(), clock_, sample_options(folder_.path()));
  ASSERT_TRUE(writer.open());
  SampleFeed feed(writer, clock_);
  feed.packet(10, {5, kGapDevice, true});
  writer.add_event({77, "daq", "state", "acquiring", 1});
  ASSERT_TRUE(writer.close());
  const auto journal = Journal::open(folder_ / "run");
  ASSERT_TRUE(journal);
  JournalFilter filter;
  filter.has_events = filter.has_anchors = filter.has_accounts = true;
  JournalCursor cursor(*journal, filter);
  std::size_t anchors = 0;
  std::string sentence;
  journal::StreamAccount account;
  for (auto item = cursor.next(); *item != nullptr; item = cursor.next()) {
    if ((*item)->kind == JournalKind::kAnchors) {
      ++anchors;
      EXPECT_EQ((*item)->anchor.utc_ns - (*item)->anchor.monotonic_ns,
                journal->utc_minus_monotonic_ns());
    }
    if ((*item)->kind == JournalKind::kEvents) sentence = (*item)->event.sentence;
    if ((*item)->kind == JournalKind::kAccounts) account = (*item)->accounts.at(0);
  }
  EXPECT_EQ(anchors, 2U);
  EXPECT_EQ(sentence, "acquiring");
  EXPECT_EQ(account.stream, "daq/analog");
  EXPECT_EQ(account.recorded, 10U);
  EXPECT_EQ(account.lost.gap(), (Gap{5, kGapDevice, true}));
}

TEST_F(JournalTest, WritesALossBehindTheLastPacket) {
  JournalWriter writer(system_disk(), clock_, sample_options(folder_.path()));
  ASSERT_TRUE(writer.open());
  SampleFeed feed(writer, clock_);
  feed.packet(10);
  writer.add_loss(feed.stream(), {7, kGapUsb, true});
  ASSERT_TRUE(writer.close());
  const auto journal = Journal::open(folder_ / "run");
  ASSERT_TRUE(journal);
  const Read read = read_stream(*journal);
  EXPECT_EQ(read.samples, 10U);
  EXPECT_EQ(read.lost, 7U);
  EXPECT_EQ(read.next_index, 17U);
}

TEST_F(JournalTest, GoesOnInANewSegmentWhenOneIsFull) {
  JournalOptions options = sample_options(folder_.path());
  options.segment_bytes = 100'000;
  options.chunk_bytes = 20'000;
  JournalWriter writer(system_disk(), clock_, options);
  ASSERT_TRUE(writer.open());
  SampleFeed feed(writer, clock_);
  for (int i = 0; i < 300; ++i) {
    feed.packet(256);
    ASSERT_TRUE(!writer.wants_flush() || writer.flush());
  }
  ASSERT_TRUE(writer.close());
  const auto journal = Journal::open(folder_ / "run");
  ASSERT_TRUE(journal);
  EXPECT_GT(journal->segments().size(), 2U);
  EXPECT_EQ(journal->segments()[0].path, folder_ / "run/run-0001.mcap");
  EXPECT_EQ(read_stream(*journal).samples, 300U * 256);
}

TEST_F(JournalTest, DescribesAStreamAnewWhenItsScaleChanges) {
  JournalWriter writer(system_disk(), clock_, sample_options(folder_.path()));
  ASSERT_TRUE(writer.open());
  SampleFeed feed(writer, clock_);
  feed.packet(10);
  feed.info = sample_stream(0.5);
  feed.packet(10);
  ASSERT_TRUE(writer.close());
  const auto journal = Journal::open(folder_ / "run");
  ASSERT_TRUE(journal);
  ASSERT_EQ(journal->streams().at(0).infos.size(), 2U);
  JournalCursor cursor(*journal, JournalFilter::stream(0));
  EXPECT_EQ((*cursor.next())->info->channels[0].scale, 0.001);
  EXPECT_EQ((*cursor.next())->info->channels[0].scale, 0.5);
}

TEST_F(JournalTest, GivesBackLogicAsPackedBits) {
  StreamInfo info = *sample_stream();
  info.kind = Kind::kLogic;
  info.layout = Layout::kPacked;
  info.dtype = Dtype::kU8;
  JournalWriter writer(system_disk(), clock_, sample_options(folder_.path()));
  ASSERT_TRUE(writer.open());
  const std::size_t stream = writer.add_stream("daq", "analog");
  journal::PacketHead head;
  head.count = 5;
  writer.add_packet(stream, std::make_shared<const StreamInfo>(info), head,
                    std::vector<std::byte>(5));
  ASSERT_TRUE(writer.close());
  const auto journal = Journal::open(folder_ / "run");
  ASSERT_TRUE(journal);
  EXPECT_EQ(*journal->streams().at(0).infos.at(0), info);
  JournalCursor cursor(*journal, JournalFilter::stream(0));
  EXPECT_EQ((*cursor.next())->samples.size(), 5U);
}

TEST_F(JournalTest, IsReadWhileItIsWritten) {
  JournalOptions options = sample_options(folder_.path());
  JournalWriter writer(system_disk(), clock_, options);
  ASSERT_TRUE(writer.open());
  SampleFeed feed(writer, clock_);
  feed.packet(1000);
  clock_.advance(1'000'000'000);
  ASSERT_TRUE(writer.wants_flush());
  ASSERT_TRUE(writer.flush());
  auto journal = Journal::open(folder_ / "run");
  ASSERT_TRUE(journal) << to_string(journal.error());
  EXPECT_FALSE(journal->is_complete());
  JournalCursor cursor(*journal, JournalFilter::stream(0));
  EXPECT_EQ((*cursor.next())->packet.count, 1000U);
  EXPECT_EQ(*cursor.next(), nullptr);
  feed.packet(500);
  ASSERT_TRUE(writer.close());
  ASSERT_TRUE(journal->refresh());
  const auto next = cursor.next();
  ASSERT_NE(*next, nullptr);
  EXPECT_EQ((*next)->packet.count, 500U);
  EXPECT_EQ(*cursor.next(), nullptr);
}

TEST_F(JournalTest, ReadsOnlyTheTimeAskedFor) {
  JournalOptions options = sample_options(folder_.path());
  options.chunk_bytes = 4000;
  JournalWriter writer(system_disk(), clock_, options);
  ASSERT_TRUE(writer.open());
  SampleFeed feed(writer, clock_);
  const std::int64_t start_ns = clock_.now_ns();
  for (int i = 0; i < 100; ++i) {  // 1 ms each
    feed.packet(100);
    ASSERT_TRUE(!writer.wants_flush() || writer.flush());
  }
  ASSERT_TRUE(writer.close());
  const auto journal = Journal::open(folder_ / "run");
  ASSERT_TRUE(journal);
  JournalFilter filter = JournalFilter::stream(0);
  filter.from_ns = start_ns + 30'000'000 + journal->utc_minus_monotonic_ns();
  filter.to_ns = filter.from_ns + 10'000'000;
  JournalCursor cursor(*journal, filter);
  std::vector<std::uint64_t> indexes;
  for (auto item = cursor.next(); *item != nullptr; item = cursor.next())
    indexes.push_back((*item)->packet.first_index);
  ASSERT_EQ(indexes.size(), 10U);
  EXPECT_EQ(indexes.front(), 3000U);
}

TEST_F(JournalTest, ReadsACompressedRecordingWhoseSamplesAreAsMade) {
  const auto journal = Journal::open(ACQ_TEST_DATA "/as_made_zstd.mcap");
  ASSERT_TRUE(journal) << to_string(journal.error());
  const Read read = read_stream(*journal);
  EXPECT_EQ(read.packets, 20U);
  EXPECT_EQ(read.samples, 2000U);
  EXPECT_EQ(read.lost, 50U);
}

TEST_F(JournalTest, SaysWhichStreamsThereAre) {
  JournalWriter writer(system_disk(), clock_, sample_options(folder_.path()));
  ASSERT_TRUE(writer.open());
  SampleFeed feed(writer, clock_);
  feed.packet(1);
  ASSERT_TRUE(writer.close());
  const auto journal = Journal::open(folder_ / "run");
  ASSERT_TRUE(journal);
  EXPECT_EQ(*journal->find_stream("daq/analog"), 0U);
  const auto none = journal->find_stream("daq/other");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().allowed, "daq/analog");
}

}  // namespace
}  // namespace acq
