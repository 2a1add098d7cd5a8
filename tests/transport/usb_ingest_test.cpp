// A fast instrument on USB: from the transfers into the rings of the acquire stage without a loss.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>

#include "daemon/acquire.h"
#include "tests/support/usb/emulator_control.h"
#include "tests/support/usb/waited.h"
#include "tests/transport/counter_driver.h"

namespace acq {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kRate = 100'000'000;  // words per second: 400 MB/s
constexpr std::uint64_t kSeconds = 5;

TEST(UsbIngest, LosesNothingBetweenTransferAndRingAt400MegabytesPerSecond) {
  emu::EmulatorControl emulator;
  InstrumentConfig config{.driver = "counter", .is_enabled = true, .params = {}};
  config.params = {{"usb", std::string("1209:7302")}, {"rate", static_cast<double>(kRate)}};
  const Result<Params> params = Params::check(emu::counter_driver.params, config.params, "");
  ASSERT_TRUE(params) << to_string(params.error());
  Health health{system_clock(), 10 * kSecond};
  EventLog events;
  Acquire acquire("dut", config, *params, emu::counter_driver, system_clock(), health, events);
  const auto opened = acquire.open();
  ASSERT_TRUE(opened) << to_string(opened.error());
  const auto bell = std::make_shared<Doorbell>();
  const std::shared_ptr<Feed> feed = acquire.make_feed(bell);
  acquire.set_feeds({{feed}});
  ASSERT_TRUE(acquire.start());

  std::uint64_t wrong = 0;
  std::uint32_t next = 0;
  bool has_next = false;
  const auto take_all = [&] {
    for (PacketRef* ref = feed->ring.front(); ref != nullptr; ref = feed->ring.front()) {
      const Packet& packet = *ref->packet;
      std::uint32_t first = 0;
      std::uint32_t last = 0;
      std::memcpy(&first, packet.samples, sizeof first);
      std::memcpy(&last, packet.samples + (packet.count - 1) * sizeof last, sizeof last);
      const auto gap = static_cast<std::uint32_t>(packet.gap_before.samples);
      wrong += (has_next && first != next + gap) || last - first != packet.count - 1 ? 1 : 0;
      next = last + 1;
      has_next = true;
      feed->delivered.add(packet.count);
      feed->pool->release(ref->packet);
      feed->ring.pop();
    }
  };
  const std::int64_t begin_ns = system_clock().now_ns();
  while (feed->delivered.get() < kSeconds * kRate &&
         system_clock().now_ns() < begin_ns + 60 * kSecond) {
    bell->arm();
    if (feed->ring.front() == nullptr) bell->wait_until(system_clock().now_ns() + kSecond / 10);
    bell->disarm();
    take_all();
  }
  const double took_s = static_cast<double>(system_clock().now_ns() - begin_ns) * 1e-9;
  acquire.stop();
  take_all();
  RecordProperty("megabytes_per_second",
                 std::to_string(static_cast<double>(feed->delivered.get()) * 4e-6 / took_s));
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(feed->made.get(), feed->delivered.get() + feed->lost_total());
  // The device loses words when its FIFO is full and no transfer waits. That is acqd's doing, unless
  // they were full and the emulator, which shares the processors, had not given them back yet.
  const std::uint64_t lost = std::stoull(emulator.say("tell 1 lost"));
  const double starved_s = 1e-9 * static_cast<double>(std::stoll(emulator.say("tell 1 starved")));
  const double emulator_s = 1e-9 * static_cast<double>(std::stoll(emulator.say("tell 1 waited")));
  const double own_s = 1e-9 * static_cast<double>(emu::waited_for_processor_ns());
  RecordProperty("words_lost", std::to_string(lost));
  RecordProperty("emulator_late_s", std::to_string(starved_s));
  RecordProperty("emulator_waited_s", std::to_string(emulator_s));
  RecordProperty("acqd_waited_s", std::to_string(own_s));
  SCOPED_TRACE("threads waited for a processor: the emulator's " + std::to_string(emulator_s) +
               " s, ours " + std::to_string(own_s) + " s");
  EXPECT_LE(static_cast<double>(lost), starved_s * kRate) << "words lost that acqd did not ask for";
  EXPECT_LE(feed->lost_total(), lost);  // what is lost behind the last packet nobody has told
  EXPECT_LT(starved_s, 0.01 * kSeconds) << "the emulator was late itself: nothing is proven";
}

}  // namespace
}  // namespace acq
