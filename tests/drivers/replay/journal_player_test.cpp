#include "drivers/replay/journal_player.h"

#include <gtest/gtest.h>

#include "drivers/driver.h"
#include "dsp/base/packet_pool.h"
#include "tests/recording/sample_journal.h"
#include "tests/recording/temporary_folder.h"

namespace acq {
namespace {

constexpr std::int64_t kForever = std::int64_t{1} << 60;

// A packet as it came, to be compared with another.
struct Played {
  std::uint32_t count = 0;
  std::uint32_t flags = 0;
  Gap gap;
  std::int64_t t0_ticks = 0;
  double sigma_ns = 0;
  double scale = 0;
  std::vector<std::byte> samples;
  bool operator==(const Played&) const = default;
};

class JournalPlayerTest : public testing::Test {
 protected:
  // 50 packets of 1 ms, a gap before number 20, a mark at number 30, another scale from number 40.
  void SetUp() override {
    JournalOptions options = sample_options(folder_.path());
    options.chunk_bytes = 4000;
    FakeClock clock;
    JournalWriter writer(system_disk(), clock, options);
    ASSERT_TRUE(writer.open());
    SampleFeed feed(writer, clock);
    for (int i = 0; i < 50; ++i) {
      if (i == 40) feed.info = sample_stream(0.5);
      if (i == 30) writer.add_event({clock.utc_ns(), "daemon", "mark", "here", 1});
      feed.packet(100, i == 20 ? Gap{30, kGapUsb, true} : Gap{});
      ASSERT_TRUE(!writer.wants_flush() || writer.flush());
    }
    writer.add_loss(feed.stream(), {9, kGapDevice, true});
    ASSERT_TRUE(writer.close());
  }

  void open(Table given, std::size_t packet_bytes = 4096) {
    given.emplace("file", folder_ / "run");
    given.try_emplace("pace", std::string("fast"));
    pool_ = std::make_unique<PacketPool>(1, packet_bytes);
    driver_ = find_driver("replay")->make(clock_);
    const auto params = Params::check(find_driver("replay")->params, given, "");
    ASSERT_TRUE(params) << to_string(params.error());
    const auto info = driver_->open(*params);
    ASSERT_TRUE(info) << to_string(info.error());
    info_ = *info;
    ASSERT_TRUE(driver_->start());
    packet_ = pool_->take();
  }

  std::vector<Played> play() {
    std::vector<Played> all;
    while (true) {
      const auto outcome = driver_->read(*packet_, kForever, {});
      EXPECT_TRUE(outcome) << to_string(outcome.error());
      if (!outcome || *outcome != ReadOutcome::kPacket) return all;
      const Packet& p = *packet_;
      all.push_back({p.count,
                     p.flags,
                     p.gap_before,
                     p.stamp.t0_ticks,
                     p.stamp.sigma_ns,
                     p.info->channels[0].scale,
                     {p.samples, p.samples + p.size_bytes()}});
    }
  }

  TemporaryFolder folder_;
  FakeClock clock_;
  std::unique_ptr<PacketPool> pool_;
  std::unique_ptr<Driver> driver_;
  InstrumentInfo info_;
  Packet* packet_ = nullptr;
};

TEST_F(JournalPlayerTest, DeliversThePacketsThatWereRecorded) {
  open({});
  ASSERT_EQ(info_.streams.size(), 1U);
  EXPECT_EQ(info_.streams[0]->name, "analog");
  const auto played = play();
  ASSERT_EQ(played.size(), 50U);
  std::uint64_t index = 0;
  for (std::size_t i = 0; i < played.size(); ++i) {
    EXPECT_EQ(played[i].gap, i == 20 ? (Gap{30, kGapUsb, true}) : Gap{});
    index += played[i].gap.samples;
    EXPECT_EQ(played[i].samples, samples_at(index, 100));
    EXPECT_EQ(played[i].t0_ticks, static_cast<std::int64_t>(index) * 10000);
    EXPECT_EQ(played[i].sigma_ns, 250);
    EXPECT_EQ(played[i].flags, kFlagReplayed);
    EXPECT_EQ(played[i].scale, i < 40 ? 0.001 : 0.5);
    index += played[i].count;
  }
  EXPECT_EQ(driver_->tail_loss(0), (Gap{9, kGapDevice, true}));
}

TEST_F(JournalPlayerTest, PlaysTheSameTwiceWhateverTheTiming) {
  open({});
  const auto fast = play();
  open({{"pace", std::string("real")}, {"speed", 3.0}});
  EXPECT_EQ(play(), fast);
}

TEST_F(JournalPlayerTest, KeepsTheRecordedPaceTimesItsSpeed) {
  open({{"pace", std::string("real")}, {"speed", 2.0}});
  const std::int64_t start_ns = clock_.now_ns();
  play();
  EXPECT_EQ(clock_.now_ns() - start_ns, 49'000'000 / 2);
}

TEST_F(JournalPlayerTest, BeginsAtAMarkAndEndsAtATime) {
  open({{"from", std::string("here")}, {"to", std::string("40 ms")}});
  const auto played = play();
  ASSERT_FALSE(played.empty());
  EXPECT_EQ(played.front().samples, samples_at(3030, 100));
  EXPECT_EQ(played.size(), 10U);
}

TEST_F(JournalPlayerTest, DividesAPacketThatHasNoRoom) {
  open({}, 256);  // 64 scans of two channels of 16 bits
  const auto played = play();
  ASSERT_EQ(played.size(), 100U);
  EXPECT_EQ(played[1].samples, samples_at(64, 36));
  EXPECT_EQ(played[1].t0_ticks, 640'000);
  EXPECT_EQ(played[40].gap.samples, 30U);
  EXPECT_EQ(played[41].gap.samples, 0U);
}

// What is told with each packet, and at the end.
struct Story {
  std::vector<std::string> events;
  std::uint32_t epochs_begun = 0;
  bool operator==(const Story&) const = default;
};

std::vector<Story> stories_of(Driver& driver, Packet& packet, std::size_t most = 100) {
  std::vector<Story> all;
  for (bool is_over = false; !is_over && all.size() < most;) {
    is_over = driver.read(packet, kForever, {}) == ReadOutcome::kEnd;
    const Replayed told = driver.take_replayed();
    Story& story = all.emplace_back(Story{.events = {}, .epochs_begun = told.epochs_begun});
    for (const ReplayedEvent& event : told.events)
      story.events.push_back(event.source + " " + event.what + ": " + event.sentence);
  }
  return all;
}

TEST_F(JournalPlayerTest, TellsEventsAndEpochsWithThePacketBehindThem) {
  const TemporaryFolder folder;
  FakeClock clock;
  JournalWriter writer(system_disk(), clock, sample_options(folder.path()));
  ASSERT_TRUE(writer.open());
  SampleFeed daq(writer, clock);
  SampleFeed other(writer, clock, "other");
  daq.epoch = 3;  // it had been running when the recording began
  const auto happens = [&](const char* source, const char* what, const char* sentence) {
    writer.add_event({clock.utc_ns() - 5, source, what, sentence, 1});
  };
  happens("daemon", "recording", "run has begun");
  daq.packet(100);
  happens("other", "state", "degraded");  // who plays that one tells it
  other.packet(100);
  happens("daq", "state", "reconnecting");
  happens("daq", "epoch", "epoch 5 began");
  daq.epoch = 5;
  daq.packet(100);
  daq.packet(100);
  const std::int64_t marked_ns = clock.utc_ns() - 5;
  happens("daemon", "mark", "here");
  ASSERT_TRUE(writer.close());

  open({{"file", folder / "run"}, {"instrument", std::string("daq")}});
  EXPECT_EQ(stories_of(*driver_, *packet_),
            (std::vector<Story>{{{"daemon recording: run has begun"}, 2},
                                {{"daq state: reconnecting", "daq epoch: epoch 5 began"}, 2},
                                {},
                                {{"daemon mark: here"}, 0}}));
  // Played again it has an epoch of its own, which the source gives it.
  driver_->stop();
  ASSERT_TRUE(driver_->start());
  const std::vector<Story> again = stories_of(*driver_, *packet_);
  ASSERT_EQ(again.size(), 4U);
  EXPECT_EQ(again[0].epochs_begun, 0U);
  EXPECT_EQ(again[1].epochs_begun, 2U);
  EXPECT_EQ(again[1].events.size(), 2U);

  open({{"file", folder / "run"}, {"instrument", std::string("daq")}, {"loop", true}});
  const std::vector<Story> looped = stories_of(*driver_, *packet_, 5);
  EXPECT_EQ(looped[3], (Story{{"daemon mark: here", "daemon recording: run has begun"}, 1}));
  EXPECT_EQ(looped[4].epochs_begun, 2U);

  open({{"file", folder / "run"},
        {"instrument", std::string("daq")},
        {"from", std::string("here")}});
  ASSERT_EQ(driver_->read(*packet_, kForever, {}), ReadOutcome::kEnd);
  EXPECT_EQ(driver_->take_replayed().events.at(0).utc_ns, marked_ns);
}

TEST_F(JournalPlayerTest, SaysWhichInstrumentsThereAre) {
  const auto params =
      Params::check(find_driver("replay")->params,
                    {{"file", folder_ / "run"}, {"instrument", std::string("other")}}, "");
  ASSERT_TRUE(params);
  const auto info = find_driver("replay")->make(clock_)->open(*params);
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().allowed, "daq");
}

}  // namespace
}  // namespace acq
