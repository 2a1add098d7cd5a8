// The recorder as a consumer: what comes through its rings is on the disk or named.
#include "daemon/record.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <zmq.hpp>

#include "daemon/hand_over.h"
#include "dsp/base/packet_pool.h"
#include "recording/verify.h"
#include "tests/recording/faulty_disk.h"
#include "tests/recording/sample_journal.h"
#include "tests/recording/temporary_folder.h"

namespace acq {
namespace {

constexpr std::size_t kPackets = 32;
constexpr std::uint32_t kScans = 256;

// A disk that waits with its writes, or its syncs, until it is let go.
class HangingDisk final : public Disk {
 public:
  std::atomic<bool> hangs{false};
  std::atomic<bool> is_hanging{false};
  std::atomic<bool> sync_hangs{false};
  std::atomic<bool> is_sync_hanging{false};

  Result<void> make_folder(const std::string& path) override {
    return system_disk().make_folder(path);
  }
  Result<std::unique_ptr<OutputFile>> create(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override {
    return system_disk().rename(from, to);
  }
  Result<void> remove(const std::string& path) override { return system_disk().remove(path); }
  Result<std::uint64_t> free_bytes(const std::string& folder) override {
    return system_disk().free_bytes(folder);
  }
};

class HangingFile final : public OutputFile {
 public:
  HangingFile(HangingDisk& disk, std::unique_ptr<OutputFile> file)
      : disk_(disk), file_(std::move(file)) {}
  Result<void> append(std::span<const std::byte> bytes) override {
    if (disk_.hangs.load()) {
      disk_.is_hanging = true;
      disk_.hangs.wait(true);
    }
    return file_->append(bytes);
  }
  Result<void> reserve(std::uint64_t) override { return {}; }
  Result<void> sync() override {
    if (disk_.sync_hangs.load()) {
      disk_.is_sync_hanging = true;
      disk_.sync_hangs.wait(true);
    }
    return file_->sync();
  }
  Result<void> truncate(std::uint64_t bytes) override { return file_->truncate(bytes); }
  [[nodiscard]] std::uint64_t size() const noexcept override { return file_->size(); }

 private:
  HangingDisk& disk_;
  std::unique_ptr<OutputFile> file_;
};

Result<std::unique_ptr<OutputFile>> HangingDisk::create(const std::string& path) {
  auto file = system_disk().create(path);
  if (!file) return file;
  return std::make_unique<HangingFile>(*this, std::move(*file));
}

class RecordTest : public testing::Test {
 protected:
  void start(Disk& disk, RecordOptions options = {}) {
    options.journal = sample_options(folder_.path());
    options.journal.chunk_bytes = 20'000;
    options.journal.reserve_bytes = 1 << 20;
    options.journal.segment_bytes = segment_bytes_;
    recorder_ = std::make_unique<Recorder>(std::move(options), disk, system_clock(), context_,
                                           health_, events_);
    feed_ = std::make_shared<Feed>(kPackets, pool_, recorder_->bell());
    other_ = std::make_shared<Feed>(kPackets, pool_, std::make_shared<Doorbell>());
    const auto started = recorder_->start();
    ASSERT_TRUE(started) << to_string(started.error());
    recorder_->set_inlets({{"daq", "analog", feed_}});
  }

  // A packet to the recorder and to another consumer, which takes it at once.
  void make_packet() {
    Packet* packet = pool_->take();
    ASSERT_NE(packet, nullptr) << "the pool must not run dry: each consumer has its share";
    packet->info = info_;
    packet->count = kScans;
    packet->epoch = 1;
    packet->first_index = next_index_;
    packet->stamp.host_rx_ns = system_clock().now_ns();
    packet->gap_before = {};
    const auto samples = samples_at(next_index_, kScans);
    std::copy(samples.begin(), samples.end(), packet->samples);
    next_index_ += kScans;
    HandOver::share(*pool_, packet, std::vector{feed_, other_}, kPackets / 2);
    while (PacketRef* ref = other_->ring.front())
      HandOver::finish(*other_, ref->packet, ref->packet->count, other_->delivered);
  }

  // Until the recorder has taken everything.
  void drain() const {
    while (!recorder_->is_drained()) std::this_thread::yield();
  }

  Verification stop_and_verify() {
    recorder_->stop();
    const auto journal = Journal::open(folder_ / "run");
    EXPECT_TRUE(journal) << to_string(journal.error());
    auto found = verify(*journal);
    EXPECT_TRUE(found);
    EXPECT_TRUE(found->problems.empty()) << found->sentence();
    return std::move(*found);
  }

  TemporaryFolder folder_;
  zmq::context_t context_{1};
  Health health_{system_clock(), 10'000'000'000};
  EventLog events_;
  std::shared_ptr<PacketPool> pool_ = std::make_shared<PacketPool>(kPackets, 4 * kScans);
  std::shared_ptr<const StreamInfo> info_ = sample_stream();
  std::unique_ptr<Recorder> recorder_;
  std::shared_ptr<Feed> feed_;
  std::shared_ptr<Feed> other_;
  std::uint64_t next_index_ = 0;
  std::uint64_t segment_bytes_ = std::uint64_t{1} << 30;
};

TEST_F(RecordTest, WritesWhatComesThroughItsRing) {
  start(system_disk());
  for (int i = 0; i < 500; ++i) {
    make_packet();
    if (i % 8 == 0) drain();
  }
  recorder_->add_event({system_clock().utc_ns(), "daemon", "mark", "here", 1});
  const Verification found = stop_and_verify();
  ASSERT_EQ(found.streams.size(), 1U);
  EXPECT_EQ(found.streams[0].recorded + found.streams[0].lost.total(), next_index_);
  EXPECT_EQ(found.streams[0].recorded, feed_->delivered.get());
  EXPECT_EQ(found.events, 1U);
  EXPECT_EQ(recorder_->report().state, RecordState::kStopped);
}

TEST_F(RecordTest, ADiskThatHangsCostsOnlyTheRecorderAndIsNamed) {
  HangingDisk disk;
  start(disk);
  make_packet();
  drain();
  disk.hangs = true;
  while (!disk.is_hanging) {
    make_packet();
    std::this_thread::yield();
  }
  for (int i = 0; i < 1000; ++i) make_packet();
  EXPECT_EQ(other_->delivered.get(), next_index_) << "the other consumer must not notice";
  EXPECT_EQ(other_->lost_total(), 0U);
  disk.hangs = false;
  disk.hangs.notify_all();
  drain();
  make_packet();
  const Verification found = stop_and_verify();
  ASSERT_EQ(found.streams.size(), 1U);
  EXPECT_EQ(found.streams[0].recorded + found.streams[0].lost.total(), next_index_);
  EXPECT_GT(found.streams[0].lost.total(), 900U * kScans);
  EXPECT_EQ(found.streams[0].lost.reasons, kGapRecorder);
}

TEST_F(RecordTest, ASyncThatHangsCostsNothingAndNothingIsCalledRecordedBeforeItsEnd) {
  HangingDisk disk;
  start(disk);
  disk.sync_hangs = true;
  while (!disk.is_sync_hanging) {
    make_packet();
    drain();
  }
  const std::uint64_t recorded =
      recorder_->report().streams.empty() ? 0 : recorder_->report().streams.at(0).recorded;
  const std::uint64_t before = next_index_;
  while (next_index_ < before + 2000 * kScans) {  // 64 times what its ring holds
    make_packet();
    drain();
  }
  EXPECT_EQ(recorder_->report().streams.at(0).recorded, recorded);
  disk.sync_hangs = false;
  disk.sync_hangs.notify_all();
  while (recorder_->report().streams.at(0).recorded == recorded) std::this_thread::yield();
  const Verification found = stop_and_verify();
  EXPECT_EQ(found.streams.at(0).recorded, next_index_);
  EXPECT_EQ(found.streams.at(0).lost.total(), 0U);
  EXPECT_EQ(recorder_->report().streams.at(0).recorded, next_index_);
}

TEST_F(RecordTest, KeepsTheLastSecondsUntilItIsTriggered) {
  RecordOptions options;
  options.waits_for_trigger = true;
  options.before_ns = 60'000'000'000;
  options.before_bytes = 10 * 4 * kScans;
  start(system_disk(), options);
  for (int i = 0; i < 100; ++i) {
    make_packet();
    drain();
  }
  EXPECT_EQ(recorder_->report().state, RecordState::kWaiting);
  EXPECT_FALSE(Journal::open(folder_ / "run"));
  recorder_->trigger();
  while (recorder_->report().state != RecordState::kRecording) std::this_thread::yield();
  make_packet();
  const Verification found = stop_and_verify();
  ASSERT_EQ(found.streams.size(), 1U);
  EXPECT_EQ(found.streams[0].recorded, 11U * kScans);  // ten kept, one after
  EXPECT_EQ(found.streams[0].first_index, 90U * kScans);
}

TEST_F(RecordTest, GoesOnWhenThereIsRoomAgain) {
  FaultyDisk disk;
  disk.room_bytes = 1'200'000;
  start(disk);
  while (recorder_->report().state != RecordState::kNoSpace) {
    make_packet();
    drain();
  }
  disk.room_bytes = std::numeric_limits<std::uint64_t>::max();
  while (recorder_->report().state != RecordState::kRecording) {
    make_packet();
    drain();
  }
  const Verification found = stop_and_verify();
  EXPECT_EQ(found.streams.at(0).recorded + found.streams.at(0).lost.total(), next_index_);
  EXPECT_GT(found.streams.at(0).lost.total(), 0U);
}

TEST_F(RecordTest, StopsAtItsBudgetAndNamesWhatCameAfter) {
  RecordOptions options;
  options.budget_bytes = 200'000;
  start(system_disk(), options);
  while (recorder_->report().state != RecordState::kNoSpace) {
    make_packet();
    drain();
  }
  for (int i = 0; i < 10; ++i) {
    make_packet();
    drain();
  }
  const Verification found = stop_and_verify();
  EXPECT_EQ(found.streams.at(0).recorded + found.streams.at(0).lost.total(), next_index_);
  EXPECT_GE(found.streams.at(0).lost.total(), 10U * kScans);
  EXPECT_EQ(found.streams.at(0).lost.reasons, kGapRecorder);
}

TEST_F(RecordTest, DeletesTheOldestSegmentsToStayWithinItsBudget) {
  segment_bytes_ = 50'000;
  RecordOptions options;
  options.budget_bytes = 200'000;
  options.deletes_oldest = true;
  start(system_disk(), options);
  while (recorder_->report().deleted_segments == 0) {
    make_packet();
    drain();
    ASSERT_EQ(recorder_->report().state, RecordState::kRecording);
  }
  const Verification found = stop_and_verify();
  EXPECT_GT(found.streams.at(0).first_index, 0U);
  EXPECT_EQ(found.streams.at(0).recorded + found.streams.at(0).lost.total() +
                found.streams.at(0).first_index,
            next_index_);
}

}  // namespace
}  // namespace acq
