// The acquire stage against consumers of our own: every sample that the simulated instrument made is
// delivered, lost for a reason, or still queued, for each consumer by itself.
#include "daemon/feed.h"

#include <gtest/gtest.h>

#include <atomic>
#include <bit>
#include <thread>

#include "daemon/acquire.h"

namespace acq {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// As fast as it is read, with runs of samples lost by the device.
Table fast_and_lossy() {
  const Table fault{
      {"kind", Value("lost_run")}, {"every", Value("20 ms")}, {"samples", Value(777.0)}};
  return {{"channels", Value(1.0)}, {"pace", Value("fast")}, {"faults", Value(List{Value(fault)})}};
}

struct Instrument {
  Instrument() {
    const DriverEntry* entry = find_driver("sim");
    auto params = Params::check(entry->params, fast_and_lossy(), "dut");
    EXPECT_TRUE(params) << to_string(params.error());
    InstrumentConfig config{.driver = "sim", .packet_bytes = 1024, .packets = 16};
    acquire =
        std::make_unique<Acquire>("dut", config, *params, *entry, system_clock(), health, events);
    const auto opened = acquire->open();
    EXPECT_TRUE(opened) << to_string(opened.error());
  }

  Health health{system_clock(), 10 * kSecond};
  EventLog events;
  std::unique_ptr<Acquire> acquire;
};

// Reads one feed as a worker does, and checks that each gap is told at its place.
class Reader {
 public:
  // `is_late`: the feed joins an instrument that runs, so its first packet is where it begins.
  explicit Reader(std::shared_ptr<Feed> feed, bool is_late = false)
      : feed_(std::move(feed)), begins_(is_late) {}

  bool take() {
    const PacketRef* front = feed_->ring.front();
    if (front == nullptr) return false;
    const PacketRef ref = *front;
    const std::uint64_t gap = ref.lost.samples + ref.packet->gap_before.samples;
    if (begins_) next_index_ = ref.packet->first_index - gap;
    begins_ = false;
    EXPECT_EQ(ref.packet->first_index, next_index_ + gap) << "a gap is not where it was told";
    next_index_ = ref.packet->first_index + ref.packet->count;
    const std::uint64_t count = ref.packet->count;
    feed_->ring.pop();
    feed_->pool->release(ref.packet);
    feed_->delivered.add(count);
    return true;
  }

  // Once nothing runs any more.
  void expect_conserved() {
    EXPECT_GT(feed_->made.get(), 0U);
    EXPECT_EQ(feed_->made.get(), feed_->delivered.get() + feed_->lost_total() + feed_->queued());
    while (take()) {
    }
    EXPECT_EQ(feed_->queued(), 0U);
    EXPECT_EQ(feed_->made.get(), feed_->delivered.get() + feed_->lost_total());
    EXPECT_EQ(feed_->made.get(), next_index_ + feed_->pending.samples);
  }

 private:
  std::shared_ptr<Feed> feed_;
  bool begins_;
  std::uint64_t next_index_ = 0;
};

// Sleeps on its bell and takes all it can; fails when no packet comes for 10 s.
void take_all(Reader& reader, Feed& feed, int packets) {
  std::int64_t last_taken_ns = system_clock().now_ns();
  for (int taken = 0; taken < packets;) {
    feed.consumer_bell->arm();
    if (feed.ring.front() == nullptr) {
      feed.consumer_bell->wait_until(system_clock().now_ns() + 10 * kSecond);
    }
    feed.consumer_bell->disarm();
    const int before = taken;
    while (reader.take()) ++taken;
    const std::int64_t now_ns = system_clock().now_ns();
    if (taken > before) last_taken_ns = now_ns;
    ASSERT_LT(now_ns - last_taken_ns, 10 * kSecond) << "no packet is left for the quick consumer";
  }
}

// Takes little, and leaves what comes then in its ring.
void take_some(Reader& reader, int packets, const std::atomic<bool>& has_ended) {
  for (int taken = 0; taken < packets && !has_ended;) {
    if (reader.take()) ++taken;
    for (int i = 0; i < 10; ++i) std::this_thread::yield();
  }
}

TEST(Feed, AccountsForEverySampleOfAQuickAndOfASlowConsumer) {
  Instrument instrument;
  Acquire& acquire = *instrument.acquire;
  const auto quick_feed = acquire.make_feed(std::make_shared<Doorbell>());
  const auto slow_feed = acquire.make_feed(std::make_shared<Doorbell>());
  Reader quick(quick_feed);
  Reader slow(slow_feed);
  acquire.set_feeds({{quick_feed, slow_feed}});
  ASSERT_TRUE(acquire.start());
  std::atomic<bool> has_ended{false};
  {
    std::jthread slow_thread([&] { take_some(slow, 100, has_ended); });
    take_all(quick, *quick_feed, 5000);
    has_ended = true;
  }
  acquire.stop();
  quick.expect_conserved();
  slow.expect_conserved();
  EXPECT_GT(slow_feed->lost_for(std::countr_zero(static_cast<unsigned>(kGapRingFull))), 0U);
  EXPECT_GT(slow_feed->lost_for(std::countr_zero(static_cast<unsigned>(kGapDevice))), 0U);
  EXPECT_EQ(acquire.pool()->free(), acquire.pool()->size());
}

// Feeds come and go while the instrument runs: each accounts for what was made while it was there.
TEST(Feed, AccountsForItsOwnTimeWhenItComesLateOrLeavesEarly) {
  Instrument instrument;
  Acquire& acquire = *instrument.acquire;
  acquire.set_feeds({{}});
  ASSERT_TRUE(acquire.start());
  for (int round = 0; round < 20; ++round) {
    const auto bell = std::make_shared<Doorbell>();
    const auto feed = acquire.make_feed(bell);
    acquire.set_feeds({{feed}});
    std::uint64_t delivered = 0;
    while (delivered < 50) {
      bell->arm();
      if (feed->ring.front() == nullptr) {
        bell->wait_until(system_clock().now_ns() + 10 * kSecond);
      }
      bell->disarm();
      for (; const PacketRef* ref = feed->ring.front(); feed->ring.pop()) {
        feed->delivered.add(ref->packet->count);
        feed->pool->release(ref->packet);
        ++delivered;
      }
    }
  }
  acquire.stop();
  acquire.set_feeds({});
  EXPECT_EQ(acquire.pool()->free(), acquire.pool()->size());
}

// A ring that nobody empties any more would keep packets from the others.
TEST(Feed, StaysInForceWhenALiveSettingFollowsAChangeOfConsumers) {
  Instrument instrument;
  Acquire& acquire = *instrument.acquire;
  const auto before = acquire.make_feed(std::make_shared<Doorbell>());
  const auto after = acquire.make_feed(std::make_shared<Doorbell>());
  acquire.set_feeds({{before}});
  ASSERT_TRUE(acquire.start());
  acquire.set_feeds({{after}});
  const std::uint64_t made_for_before = before->made.get();
  ASSERT_TRUE(acquire.set(acquire.config(), acquire.params()));
  // What waited in the old ring goes back: it may be all the packets there are.
  {
    Reader old(before);
    while (old.take()) {
    }
  }
  Reader reader(after, true);
  const std::uint64_t made_for_after = after->made.get();
  while (reader.take()) {
  }
  take_all(reader, *after, 100);
  EXPECT_GT(after->made.get(), made_for_after) << "the new ring is not fed";
  EXPECT_EQ(before->made.get(), made_for_before) << "the old ring is fed again";
  EXPECT_EQ(before.use_count(), 1) << "the instrument still holds the old ring";
  acquire.stop();
  acquire.set_feeds({});
}

}  // namespace
}  // namespace acq
