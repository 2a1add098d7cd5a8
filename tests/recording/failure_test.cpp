// What a recording is after the disk has failed, the process was killed, or the bytes have rotted.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>

#include "recording/journal_cursor.h"
#include "recording/rewrite.h"
#include "recording/verify.h"
#include "tests/recording/faulty_disk.h"
#include "tests/recording/sample_journal.h"
#include "tests/recording/temporary_folder.h"

namespace acq {
namespace {

struct Sum {
  std::uint64_t samples = 0;
  std::uint64_t lost = 0;
  std::uint64_t missing = 0;
  std::uint64_t end = 0;
  bool are_right = true;  // every sample is the one that was written there
};

Sum sum_of(const std::string& path) {
  Sum sum;
  const auto journal = Journal::open(path);
  if (!journal || journal->streams().empty()) return sum;
  JournalCursor cursor(*journal, JournalFilter::stream(0));
  for (auto item = cursor.next(); item && *item != nullptr; item = cursor.next()) {
    const JournalItem& packet = **item;
    const auto expected = samples_at(packet.packet.first_index, packet.packet.count);
    sum.are_right = sum.are_right && std::equal(expected.begin(), expected.end(),
                                                packet.samples.begin(), packet.samples.end());
    sum.samples += packet.packet.count;
    sum.lost += packet.packet.lost_before.total();
    sum.missing += packet.missing_before;
    sum.end = packet.packet.first_index + packet.packet.count;
  }
  return sum;
}

std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void spill(const std::string& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

JournalOptions small_options(const std::string& folder) {
  JournalOptions options = sample_options(folder);
  options.chunk_bytes = 4000;
  options.segment_bytes = 30'000;
  options.reserve_bytes = 16'000;
  return options;
}

constexpr int kPackets = 60;
constexpr std::uint32_t kPacketSamples = 200;
constexpr std::uint64_t kMade = std::uint64_t{kPackets} * kPacketSamples;

// Twelve seconds' worth in time, whatever the disk does. False: it could not even be opened.
bool record(Disk& disk, const std::string& folder) {
  FakeClock clock;
  JournalWriter writer(disk, clock, small_options(folder));
  const bool is_open = writer.open().has_value();
  SampleFeed feed(writer, clock);
  for (int i = 0; i < kPackets; ++i) {
    feed.packet(kPacketSamples);
    clock.advance(200'000'000);
    if (writer.wants_flush()) (void)writer.flush();
  }
  (void)writer.close();
  return is_open;
}

TEST(RecordingFailure, OneErrorAtAnyCallOfTheDiskLeavesEverythingReadOrNamed) {
  std::uint64_t calls = 0;
  {
    const TemporaryFolder folder;
    FaultyDisk disk;
    ASSERT_TRUE(record(disk, folder.path()));
    calls = disk.calls;
    EXPECT_EQ(sum_of(folder / "run").samples, kMade);
  }
  ASSERT_GT(calls, 50U);
  for (std::uint64_t n = 2; n <= calls; ++n) {  // without its folder nothing can be
    const TemporaryFolder folder;
    FaultyDisk disk;
    disk.fails_at = n;
    record(disk, folder.path());
    const Sum sum = sum_of(folder / "run");
    EXPECT_TRUE(sum.are_right) << n;
    EXPECT_EQ(sum.missing, 0U) << n;
    EXPECT_EQ(sum.samples + sum.lost, kMade) << n;
  }
}

TEST(RecordingFailure, ADiskThatBreaksForGoodLeavesWhatWasWrittenBefore) {
  for (std::uint64_t n = 20; n < 120; n += 10) {
    const TemporaryFolder folder;
    FaultyDisk disk;
    disk.fails_at = n;
    disk.stays_broken = true;
    record(disk, folder.path());
    const Sum sum = sum_of(folder / "run");
    EXPECT_TRUE(sum.are_right);
    EXPECT_EQ(sum.samples + sum.lost, sum.end) << n;
  }
}

TEST(RecordingFailure, AFullDiskEndsTheSegmentAndRecordingGoesOnWhenThereIsRoom) {
  const TemporaryFolder folder;
  FaultyDisk disk;
  disk.room_bytes = 80'000;
  FakeClock clock;
  JournalWriter writer(disk, clock, small_options(folder.path()));
  ASSERT_TRUE(writer.open());
  SampleFeed feed(writer, clock);
  bool was_full = false;
  for (int i = 0; i < 200; ++i) {
    feed.packet(kPacketSamples);
    clock.advance(200'000'000);
    if (writer.wants_flush()) {
      const auto done = writer.flush();
      if (!done) {
        was_full = true;
        EXPECT_EQ(done.error().code, Code::kOverflow) << to_string(done.error());
      }
    }
    if (i == 150) {
      EXPECT_FALSE(writer.is_writing());
      const auto journal = Journal::open(folder / "run");
      ASSERT_TRUE(journal);
      EXPECT_TRUE(journal->is_complete());  // ended within what was reserved for it
      disk.room_bytes = std::numeric_limits<std::uint64_t>::max();
    }
  }
  EXPECT_TRUE(was_full);
  EXPECT_TRUE(writer.is_writing());
  ASSERT_TRUE(writer.close());
  const auto journal = Journal::open(folder / "run");
  ASSERT_TRUE(journal);
  const auto found = verify(*journal);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->problems.empty()) << found->sentence();
  const StreamSum& sum = found->streams.at(0);
  EXPECT_EQ(sum.recorded + sum.lost.total(), feed.next_index());
  EXPECT_GT(sum.lost.total(), 0U);
  EXPECT_EQ(sum.lost.reasons, kGapRecorder);
}

TEST(RecordingFailure, ADiskThatTakesTwoSecondsToSyncHasASecondBetween) {
  const TemporaryFolder folder;
  FaultyDisk disk;
  FakeClock clock;
  JournalWriter writer(disk, clock, small_options(folder.path()));
  ASSERT_TRUE(writer.open());
  SampleFeed feed(writer, clock);
  disk.at_sync = [&] { clock.advance(2'000'000'000); };
  for (int i = 0; i < 3; ++i) {
    feed.packet(kPacketSamples);
    EXPECT_FALSE(writer.wants_flush());
    clock.advance(1'000'000'000);
    ASSERT_TRUE(writer.wants_flush());
    ASSERT_TRUE(writer.flush());
    EXPECT_EQ(writer.account(feed.stream()).recorded, feed.next_index());
  }
  ASSERT_TRUE(writer.close());
}

// Writes until it is killed, and says on `pipe` how many samples are safe.
[[noreturn]] void write_until_killed(const std::string& folder, int pipe) {
  JournalOptions options = sample_options(folder);
  options.chunk_bytes = 16'000;
  options.segment_bytes = 400'000;
  options.reserve_bytes = 100'000;
  FakeClock clock;
  JournalWriter writer(system_disk(), clock, options);
  if (!writer.open()) _exit(1);
  SampleFeed feed(writer, clock);
  while (true) {
    feed.packet(1000);
    clock.advance(100'000'000);
    if (!writer.wants_flush()) continue;
    if (!writer.flush()) _exit(1);
    const std::uint64_t safe = writer.account(feed.stream()).recorded;
    if (write(pipe, &safe, sizeof safe) != sizeof safe) _exit(1);
  }
}

TEST(RecordingFailure, TwoHundredKillsLoseNoAcknowledgedSampleAndEveryTornTailIsMended) {
  const auto seed = std::random_device{}();
  std::mt19937 random(seed);
  std::printf("seed %u\n", seed);
  int torn = 0;
  int mended = 0;
  std::uint64_t acknowledged_samples = 0;
  for (int kill_number = 0; kill_number < 200; ++kill_number) {
    const TemporaryFolder folder;
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(ends[0]);
      write_until_killed(folder.path(), ends[1]);
    }
    close(ends[1]);
    std::uint64_t acknowledged = 0;
    const auto count = 1 + random() % 20;
    for (std::uint64_t i = 0; i < count; ++i)
      ASSERT_EQ(read(ends[0], &acknowledged, sizeof acknowledged), sizeof acknowledged);
    const auto moment =
        std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 5000);
    while (std::chrono::steady_clock::now() < moment) {
    }
    ::kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    while (read(ends[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged) {
    }
    close(ends[0]);
    const Sum before = sum_of(folder / "run");
    ASSERT_TRUE(before.are_right) << "kill " << kill_number << ", seed " << seed;
    ASSERT_EQ(before.missing, 0U);
    ASSERT_GE(before.end, acknowledged) << "kill " << kill_number << ", seed " << seed;
    ASSERT_EQ(before.samples, before.end);
    acknowledged_samples += acknowledged;
    const auto segments = segment_paths(folder / "run");
    ASSERT_TRUE(segments);
    if (segments->empty() || !segments->back().ends_with(".part")) continue;
    ++torn;
    const auto report = recover_segment(system_disk(), segments->back());
    if (!report) continue;
    ++mended;
    const Sum after = sum_of(folder / "run");
    ASSERT_EQ(after.samples, before.samples);
  }
  std::printf("%llu samples acknowledged, %d segments were not ended, %d mended\n",
              static_cast<unsigned long long>(acknowledged_samples), torn, mended);
  EXPECT_EQ(torn, mended);
  EXPECT_GT(torn, 100);
}

// A file of a few kilobytes with everything in it.
std::string small_file(const TemporaryFolder& folder) {
  FakeClock clock;
  JournalOptions options = sample_options(folder.path());
  options.chunk_bytes = 600;
  options.reserve_bytes = 0;
  JournalWriter writer(system_disk(), clock, options);
  EXPECT_TRUE(writer.open());
  writer.set_config(1, "[instrument.daq]\n");
  SampleFeed feed(writer, clock);
  for (int i = 0; i < 8; ++i) {
    feed.packet(40);
    EXPECT_TRUE(!writer.wants_flush() || writer.flush());
  }
  writer.add_event({1, "daemon", "mark", "half way", 1});
  EXPECT_TRUE(writer.close());
  return slurp(folder / "run/run-0001.mcap");
}

TEST(RecordingFailure, EveryPrefixOfAFileGivesTheWholeChunksInIt) {
  const TemporaryFolder folder;
  const std::string whole = small_file(folder);
  const TemporaryFolder copies;
  const std::string path = copies / "run-0001.mcap";
  std::uint64_t most = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    spill(path, std::string_view(whole).substr(0, size));
    const Sum sum = sum_of(path);
    ASSERT_TRUE(sum.are_right) << size;
    ASSERT_EQ(sum.missing, 0U) << size;
    ASSERT_GE(sum.samples, most) << size << " bytes give less than fewer";
    most = std::max(most, sum.samples);
  }
  EXPECT_EQ(most, 320U);
}

TEST(RecordingFailure, NoFlippedByteGivesAWrongSampleAndVerifyFindsEachOne) {
  const TemporaryFolder folder;
  const std::string whole = small_file(folder);
  const TemporaryFolder copies;
  const std::string path = copies / "run-0001.mcap";
  std::uint64_t fewest = UINT64_MAX;
  int unnoticed = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string rotten = whole;
    rotten[at] = static_cast<char>(~rotten[at]);
    spill(path, rotten);
    const auto journal = Journal::open(path);
    if (!journal) continue;  // refused with a sentence: not silent
    const Sum sum = sum_of(path);
    ASSERT_TRUE(sum.are_right) << "byte " << at;
    fewest = std::min(fewest, sum.samples);
    const auto found = verify(*journal);
    ASSERT_TRUE(found);
    if (found->problems.empty()) {
      ++unnoticed;
      ADD_FAILURE() << "byte " << at << " of " << whole.size()
                    << " was flipped, and verify says: " << found->sentence();
    }
  }
  EXPECT_GE(fewest, 200U) << "one byte costs more than its chunk";
  std::printf("%zu bytes flipped, %d unnoticed, at least %llu of 320 samples read\n", whole.size(),
              unnoticed, static_cast<unsigned long long>(fewest));
}

TEST(RecordingFailure, AClockThatJumpsMovesNoSample) {
  class JumpingClock final : public Clock {
   public:
    std::int64_t monotonic_ns = 1'000'000'000;
    std::int64_t offset_ns = 1'700'000'000'000'000'000;
    [[nodiscard]] std::int64_t now_ns() const noexcept override { return monotonic_ns; }
    [[nodiscard]] std::int64_t utc_ns() const noexcept override { return monotonic_ns + offset_ns; }
    void sleep_until(std::int64_t, const std::stop_token&) const noexcept override {}
  };
  const TemporaryFolder folder;
  JumpingClock clock;
  JournalWriter writer(system_disk(), clock, sample_options(folder.path()));
  ASSERT_TRUE(writer.open());
  const std::size_t stream = writer.add_stream("daq", "analog");
  const auto info = sample_stream();
  for (std::uint32_t i = 0; i < 10; ++i) {
    journal::PacketHead head;
    head.epoch = 1;
    head.first_index = i * 100;
    head.count = 100;
    head.stamp.host_rx_ns = clock.monotonic_ns;
    writer.add_packet(stream, info, head, samples_at(head.first_index, 100));
    clock.monotonic_ns += 500'000'000;
    if (i == 5) clock.offset_ns -= 3600'000'000'000;
    ASSERT_TRUE(!writer.wants_flush() || writer.flush());
  }
  ASSERT_TRUE(writer.close());
  const auto journal = Journal::open(folder / "run");
  ASSERT_TRUE(journal);
  JournalCursor cursor(*journal, JournalFilter::stream(0));
  std::int64_t last_ns = 0;
  for (auto item = cursor.next(); *item != nullptr; item = cursor.next()) {
    EXPECT_TRUE(last_ns == 0 || (*item)->time_ns - last_ns == 500'000'000);
    last_ns = (*item)->time_ns;
  }
  const auto found = verify(*journal);
  EXPECT_TRUE(found->problems.empty()) << found->sentence();
  EXPECT_EQ(found->clock_jumps, 1U);
}

}  // namespace
}  // namespace acq
