// The acquire stage with a USB instrument that is pulled out and put back.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <set>
#include <string>

#include "daemon/acquire.h"
#include "tests/support/usb/emulator_control.h"
#include "tests/transport/counter_driver.h"

namespace acq {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr double kRate = 2'000'000;  // words per second: 8 MB/s

class UsbAcquire : public testing::Test {
 protected:
  void SetUp() override {
    config.params = {{"usb", std::string("1209:7302:COUNT01")}, {"rate", kRate}};
    const Result<Params> params = Params::check(emu::counter_driver.params, config.params, "");
    ASSERT_TRUE(params) << to_string(params.error());
    acquire = std::make_unique<Acquire>("dut", config, *params, emu::counter_driver, system_clock(),
                                        health, events);
    const auto opened = acquire->open();
    ASSERT_TRUE(opened) << to_string(opened.error());
    feed = acquire->make_feed(bell);
    acquire->set_feeds({{feed}});
    ASSERT_TRUE(acquire->start());
  }

  // Takes packets until `samples` more are delivered; a minute is far more than it takes.
  void consume(std::uint64_t samples) {
    const std::uint64_t enough = feed->delivered.get() + samples;
    const std::int64_t end_ns = system_clock().now_ns() + 60 * kSecond;
    while (feed->delivered.get() < enough && system_clock().now_ns() < end_ns) {
      bell->arm();
      if (feed->ring.front() == nullptr) bell->wait_until(system_clock().now_ns() + kSecond / 10);
      bell->disarm();
      take_all();
    }
    EXPECT_GE(feed->delivered.get(), enough);
  }
  void take_all() {
    for (PacketRef* ref = feed->ring.front(); ref != nullptr; ref = feed->ring.front()) {
      check(*ref->packet);
      feed->pool->release(ref->packet);
      feed->ring.pop();
    }
  }
  // Sample n of the stream is the device's word n: no other account is exact.
  void check(const Packet& packet) {
    for (std::uint32_t i = 0; i < packet.count; ++i) {
      std::uint32_t word = 0;
      std::memcpy(&word, packet.samples + i * sizeof word, sizeof word);
      if (!has_first) first_word = word;
      has_first = true;
      wrong += word != static_cast<std::uint32_t>(first_word + packet.first_index + i) ? 1 : 0;
    }
    if (packet.gap_before.samples > 0) {
      gaps += packet.gap_before.samples;
      is_exact = is_exact && packet.gap_before.is_exact;
      reasons |= packet.gap_before.reasons;
    }
    epochs.insert(packet.epoch);
    feed->delivered.add(packet.count);
  }

  emu::EmulatorControl emulator;
  InstrumentConfig config{.driver = "counter", .is_enabled = true, .params = {}};
  Health health{system_clock(), 10 * kSecond};
  EventLog events;
  std::shared_ptr<Doorbell> bell = std::make_shared<Doorbell>();
  std::unique_ptr<Acquire> acquire;
  std::shared_ptr<Feed> feed;
  bool has_first = false;
  std::uint32_t first_word = 0;
  std::uint64_t wrong = 0;
  std::uint64_t gaps = 0;
  bool is_exact = true;
  std::uint32_t reasons = kGapNone;
  std::set<std::uint32_t> epochs;
};

TEST_F(UsbAcquire, ContinuesTheStreamInANewEpochBehindAnExactGap) {
  consume(500'000);
  EXPECT_EQ(gaps, 0U);
  int times = 0;
  for (const char* order : {"", " errors 40", " left 40", " gone 40"}) {
    emulator.say(std::string("unplug 1") + order);
    const std::int64_t away_ns = system_clock().now_ns() + kSecond / 5;
    while (system_clock().now_ns() < away_ns) {  // what came before it left
      bell->arm();
      bell->wait_until(away_ns);
      bell->disarm();
      take_all();
    }
    emulator.say("plug 1");
    const std::int64_t back_ns = system_clock().now_ns();
    consume(500'000);
    RecordProperty("back_ms" + std::to_string(times),
                   std::to_string((system_clock().now_ns() - back_ns) / 1'000'000));
    ++times;
    EXPECT_EQ(acquire->reconnects(), static_cast<std::uint64_t>(times));
    EXPECT_EQ(epochs.size(), static_cast<std::size_t>(times) + 1);
  }
  acquire->stop();
  take_all();
  EXPECT_EQ(wrong, 0U);
  // At 2 MHz, 0.2 s away are at least 400 000 words each time.
  EXPECT_GE(gaps, 4U * 400'000U);
  EXPECT_TRUE(is_exact);
  EXPECT_NE(reasons & kGapReconnect, 0U);
  EXPECT_EQ(feed->made.get(), feed->delivered.get() + feed->lost_total());
}

TEST_F(UsbAcquire, TellsExactlyWhatTheCableLost) {
  emulator.say("fault 1 drop 0x82 5 times 3");
  emulator.say("fault 1 cut 0x82 12 amount 1024");
  emulator.say("fault 1 stall 0x82 20");
  emulator.say("fault 1 protocol 0x82 30 times 5");
  emulator.say("fault 1 overflow 0x82 45 amount 512");
  consume(4'000'000);
  acquire->stop();
  take_all();
  EXPECT_EQ(wrong, 0U);
  EXPECT_GT(gaps, 0U);
  EXPECT_TRUE(is_exact);
  EXPECT_EQ(acquire->reconnects(), 0U);
  EXPECT_EQ(feed->made.get(), feed->delivered.get() + feed->lost_total());
}

}  // namespace
}  // namespace acq
