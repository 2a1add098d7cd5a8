// Changes of a running daemon: nothing lost, nothing doubled, several parameters together.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <random>

#include "clients/cpp/subscriber.h"
#include "daemon/daemon.h"

namespace acq {
namespace {

constexpr int kChanges = 1000;

struct Settings {
  double gain = 1;
  double offset = 0;
  bool has_branch = false;
  bool has_filter = false;
};

std::string config_of(const Settings& s, const std::string& folder) {
  std::string text = "[publish]\nbind = \"ipc://" + folder + "/data\"\n" +
                     "[control]\nbind = \"ipc://" + folder + "/control\"\n" + R"(
[instrument.dut]
driver = "sim"
channels = 1
dtype = "i16"
rate = "400 kHz"
packet_bytes = 4096
signal = [{ kind = "counter" }]
[pipeline.raw]
from = "dut/wave"
publish = "always"
)";
  text += "[pipeline.scaled]\nfrom = \"dut/wave\"\npublish = \"always\"\nblocks = [";
  if (s.has_filter) text += "{ block = \"calibrate\", gain = 1.0, tap = \"first\" },";
  text += "{ block = \"calibrate\", gain = " + std::to_string(s.gain) +
          ", offset = " + std::to_string(s.offset) + " }]\n";
  if (s.has_branch) {
    text +=
        "[pipeline.branch]\nfrom = \"scaled\"\npublish = \"always\"\nblocks = [{ block = "
        "\"segment\", length = 1000 }]\n";
  }
  return text;
}

ConfigText parse(const std::string& text) {
  std::vector<Problem> problems;
  ConfigText out = parse_config(text, "test", problems);
  for (const Problem& problem : problems) ADD_FAILURE() << to_string(problem);
  return out;
}

// Follows one topic: every sample once, in order, with the value its index says.
struct Follower {
  std::uint64_t frames = 0;
  std::uint64_t next_index = 0;
  std::uint64_t next_sequence = 0;
  std::uint64_t last_revision = 0;
  std::uint64_t first_index = 0;

  void check_order(const FrameHeader& header) {
    if (frames == 0) first_index = header.first_index;
    if (frames > 0) {
      EXPECT_EQ(header.first_index, next_index) << "a sample is lost or doubled";
      EXPECT_EQ(header.sequence, next_sequence);
    }
    EXPECT_EQ(header.gap_before.samples, 0U);
    EXPECT_GE(header.config_revision, last_revision);
    last_revision = header.config_revision;
    next_index = header.first_index + header.count;
    next_sequence = header.sequence + 1;
    ++frames;
  }
};

class Swap : public ::testing::Test {
 protected:
  Swap() : health_(system_clock(), 60'000'000'000), daemon_(system_clock(), health_) {
    char pattern[] = "/tmp/acq-swap-XXXXXX";
    folder_ = mkdtemp(pattern);
  }
  ~Swap() override {
    daemon_.stop(system_clock().now_ns() + 2'000'000'000);
    std::filesystem::remove_all(folder_);
  }

  // What has come, at most `most` frames: with less than that, all.
  void receive_some(client::Subscriber& subscriber, std::chrono::milliseconds patience, int most) {
    for (int i = 0; i < most; ++i) {
      const auto got = subscriber.receive(frame_, patience);
      ASSERT_TRUE(got.has_value());
      if (!*got) return;
      if (frame_.topic() == "d/dut/raw") {
        raw_.check_order(frame_.header());
        const auto samples = frame_.samples<std::int16_t>();
        ASSERT_TRUE(samples.has_value());
        EXPECT_EQ((*samples)[0], static_cast<std::int16_t>(frame_.header().first_index));
        EXPECT_EQ(samples->back(), static_cast<std::int16_t>(raw_.next_index - 1));
      } else if (frame_.topic() == "d/dut/scaled") {
        scaled_.check_order(frame_.header());
        check_scaled();
      }
    }
  }

  void receives_nothing(client::Subscriber& subscriber) {
    const auto got = subscriber.receive(frame_, std::chrono::milliseconds(1));
    ASSERT_TRUE(got.has_value() && !*got);
  }

  // Until both topics have come.
  void receive_first(client::Subscriber& subscriber) {
    for (int i = 0; i < 10000 && (raw_.frames == 0 || scaled_.frames == 0); ++i) {
      receive_some(subscriber, std::chrono::milliseconds(100), 1);
    }
  }

  // Subscribes to an on-demand pipeline beside those of `others`, leaves, and comes back.
  void expect_pause_is_told(const std::string& others) {
    constexpr std::uint64_t kPackets = 10;
    constexpr std::uint64_t kPacketSamples = 2048;
    const std::string view =
        "[pipeline.view]\nfrom = \"dut/wave\"\nblocks = [{ block = \"calibrate\" }]\n";
    ASSERT_TRUE(daemon_.start(parse(others + view)).empty());
    auto subscriber = client::Subscriber::connect("ipc://" + folder_ + "/data");
    ASSERT_TRUE(subscriber->subscribe("d/dut/view").has_value());
    ASSERT_TRUE(*subscriber->receive(frame_, std::chrono::seconds(5)));
    ASSERT_TRUE(subscriber->unsubscribe("d/dut/view").has_value());
    while (daemon_.find_unit("view")->pipeline->is_wanted()) receives_nothing(*subscriber);
    const Counter& packets = daemon_.workers().begin()->second->counters().packets;
    const std::uint64_t until = packets.get() + kPackets;
    while (packets.get() < until) receives_nothing(*subscriber);
    ASSERT_TRUE(subscriber->subscribe("d/dut/view").has_value());
    do {  // what was on its way when it left comes first
      ASSERT_TRUE(*subscriber->receive(frame_, std::chrono::seconds(5)));
    } while (frame_.header().gap_before.samples == 0);
    EXPECT_EQ(frame_.header().gap_before.reasons, kGapPaused);
    EXPECT_GE(frame_.header().gap_before.samples, kPackets * kPacketSamples);
  }

  // Gain and offset change together: each frame must fit the pair of its own revision.
  void check_scaled() {
    const auto samples = frame_.samples<float>();
    ASSERT_TRUE(samples.has_value());
    const auto settings = by_revision_.find(frame_.header().config_revision);
    ASSERT_NE(settings, by_revision_.end());
    for (const std::size_t i : {std::size_t{0}, samples->size() - 1}) {
      const auto raw = static_cast<std::int16_t>(frame_.header().first_index + i);
      // Whole numbers below 2^24: exact in float32.
      EXPECT_EQ((*samples)[i], raw * settings->second.gain + settings->second.offset);
    }
  }

  std::string folder_;
  Health health_;
  Daemon daemon_;
  client::ReceivedFrame frame_;
  Follower raw_;
  Follower scaled_;
  std::map<std::uint64_t, Settings> by_revision_;
};

TEST_F(Swap, AThousandChangesUnderLoadLoseAndDoubleNoSample) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  auto subscriber = client::Subscriber::connect("ipc://" + folder_ + "/data");
  ASSERT_TRUE(subscriber.has_value());
  ASSERT_TRUE(subscriber->subscribe("d/dut/raw").has_value());
  ASSERT_TRUE(subscriber->subscribe("d/dut/scaled").has_value());

  Settings settings;
  by_revision_[1] = settings;
  ASSERT_TRUE(daemon_.start(parse(config_of(settings, folder_))).empty());
  receive_first(*subscriber);
  std::map<Change, int> changes;
  for (int i = 0; i < kChanges; ++i) {
    switch (random() % 4) {
      case 0: settings.has_branch = !settings.has_branch; break;
      case 1: settings.has_filter = !settings.has_filter; break;
      default:
        settings.gain = 1 + static_cast<double>(random() % 16);
        settings.offset = static_cast<double>(random() % 16);
    }
    by_revision_[daemon_.revision() + 1] = settings;
    const ApplyResult result = daemon_.apply(parse(config_of(settings, folder_)), false);
    ASSERT_TRUE(result.problems.empty()) << to_string(result.problems.front());
    ++changes[result.change];
    receive_some(*subscriber, std::chrono::milliseconds(0), 1000);
  }
  daemon_.stop(system_clock().now_ns() + 2'000'000'000);
  const Acquire& acquire = *daemon_.acquires().find("dut")->second;
  const Feed& feed = *daemon_.workers().find("dut")->second->plan().inlets[0].feed;
  // The last frames are on their way: a busy machine may take its time.
  const std::uint64_t delivered = acquire.counters()[0]->made.get() - feed.lost_total();
  for (int i = 0; i < 100 && (raw_.next_index < delivered || scaled_.next_index < delivered); ++i) {
    receive_some(*subscriber, std::chrono::milliseconds(100), 1'000'000);
  }

  EXPECT_GT(changes[Change::kParameters], 100);
  EXPECT_GT(changes[Change::kPipeline], 100);
  EXPECT_EQ(changes[Change::kInstrument], 0);
  // What the source still held when it was stopped has no packet: it is counted as lost behind the
  // last.
  EXPECT_EQ(raw_.next_index + feed.lost_total(), acquire.counters()[0]->made.get());
  EXPECT_EQ(feed.queued(), 0U);
  EXPECT_EQ(scaled_.next_index, raw_.next_index);
  EXPECT_EQ(acquire.epoch(), 1U);
  std::printf(
      "{\"changes\": %d, \"parameters\": %d, \"pipeline\": %d, \"samples\": %llu, \"lost\": 0}\n",
      kChanges, changes[Change::kParameters], changes[Change::kPipeline],
      static_cast<unsigned long long>(raw_.next_index - raw_.first_index));
}

TEST_F(Swap, ARefusedChangeChangesNothing) {
  Settings settings;
  ASSERT_TRUE(daemon_.start(parse(config_of(settings, folder_))).empty());
  const std::uint64_t revision = daemon_.revision();
  std::string text = config_of(settings, folder_);
  text += "[pipeline.bad]\nfrom = \"dut/wave\"\nblocks = [{ block = \"segment\", length = -1 }]\n";
  text.replace(text.find("gain = 1"), 8, "gain = 2");
  const ApplyResult result = daemon_.apply(parse(text), false);
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_EQ(result.problems.front().field, "pipeline.bad.blocks[0].length");
  EXPECT_EQ(daemon_.revision(), revision);
  EXPECT_EQ(daemon_.find_unit("bad"), nullptr);
  EXPECT_EQ(daemon_.find_unit("scaled")->pipeline->steps()[0].params.number("gain"), 1);
}

TEST_F(Swap, AnInstrumentThatRestartsKeepsItsIndexAndBeginsAnEpoch) {
  Settings settings;
  std::string text = config_of(settings, folder_);
  ASSERT_TRUE(daemon_.start(parse(text)).empty());
  auto subscriber = client::Subscriber::connect("ipc://" + folder_ + "/data");
  ASSERT_TRUE(subscriber->subscribe("d/dut/raw").has_value());
  const auto receive_one = [&] {
    const auto got = subscriber->receive(frame_, std::chrono::seconds(5));
    ASSERT_TRUE(got.has_value() && *got);
  };
  receive_one();
  const auto stream_id = frame_.header().stream_id;
  text.replace(text.find("400 kHz"), 7, "300 kHz");
  const ApplyResult result = daemon_.apply(parse(text), false);
  ASSERT_TRUE(result.problems.empty()) << to_string(result.problems.front());
  EXPECT_EQ(result.change, Change::kInstrument);
  std::uint64_t next = frame_.header().first_index + frame_.header().count;
  while (frame_.header().epoch == 1) {
    receive_one();
    EXPECT_EQ(frame_.header().first_index, next + frame_.header().gap_before.samples);
    next = frame_.header().first_index + frame_.header().count;
  }
  EXPECT_EQ(frame_.header().epoch, 2U);
  EXPECT_EQ(frame_.header().stream_id, stream_id);
}

TEST_F(Swap, AnOnDemandPipelineDoesNotRunWithoutASubscriber) {
  const std::string text =
      config_of({}, folder_) +
      "[pipeline.view]\nfrom = \"dut/wave\"\nblocks = [{ block = \"calibrate\" }]\n";
  ASSERT_TRUE(daemon_.start(parse(text)).empty());
  auto subscriber = client::Subscriber::connect("ipc://" + folder_ + "/data");
  ASSERT_TRUE(subscriber->subscribe("d/dut/raw").has_value());
  for (int i = 0; i < 20; ++i) (void)subscriber->receive(frame_, std::chrono::seconds(5));
  EXPECT_EQ(daemon_.find_unit("view")->pipeline->times(0).calls.get(), 0U);
  ASSERT_TRUE(subscriber->subscribe("d/dut/view").has_value());
  bool has_come = false;
  for (int i = 0; i < 2000 && !has_come; ++i) {
    (void)subscriber->receive(frame_, std::chrono::seconds(5));
    has_come = frame_.topic() == "d/dut/view";
  }
  EXPECT_TRUE(has_come);
}

TEST_F(Swap, AnOnDemandPipelineTellsHowLongNobodyListenedWhileOthersRan) {
  expect_pause_is_told(config_of({}, folder_));
}

TEST_F(Swap, AnOnDemandPipelineTellsHowLongNobodyListenedWhileNoneRan) {
  const std::string text = config_of({}, folder_);
  expect_pause_is_told(text.substr(0, text.find("[pipeline.raw]")));
}

}  // namespace
}  // namespace acq
