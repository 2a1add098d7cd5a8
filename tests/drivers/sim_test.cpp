#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <numbers>
#include <vector>

#include "drivers/driver.h"
#include "dsp/base/packet_pool.h"

namespace acq {
namespace {

constexpr std::int64_t kForever = std::int64_t{1} << 60;

// An opened simulator and one packet to read into.
struct Bench {
  explicit Bench(const Table& given, std::size_t packet_bytes = 16384) : pool(1, packet_bytes) {
    const DriverEntry* entry = find_driver("sim");
    Result<Params> checked = Params::check(entry->params, given, "");
    EXPECT_TRUE(checked) << to_string(checked.error());
    driver = entry->make(clock);
    Result<InstrumentInfo> opened = driver->open(*checked);
    EXPECT_TRUE(opened) << to_string(opened.error());
    info = *opened;
    EXPECT_TRUE(driver->start());
    packet = pool.take();
  }
  ReadOutcome read(std::int64_t deadline_ns = kForever) {
    const Result<ReadOutcome> outcome = driver->read(*packet, deadline_ns, {});
    EXPECT_TRUE(outcome) << to_string(outcome.error());
    return *outcome;
  }
  template <typename T>
  T sample(std::size_t i) const {
    T value;
    std::memcpy(&value, packet->samples + i * sizeof(T), sizeof(T));
    return value;
  }

  FakeClock clock;
  PacketPool pool;
  std::unique_ptr<Driver> driver;
  InstrumentInfo info;
  Packet* packet = nullptr;
};

Table signal(const char* kind) {
  return {{"channels", 1.0},
          {"dtype", std::string("f32")},
          {"pace", std::string("fast")},
          {"signal", List{Table{{"kind", std::string(kind)}}}}};
}

TEST(Sim, FastPaceFillsWholePacketsOfASineOnItsClosedForm) {
  Bench bench(signal("sine"));
  EXPECT_TRUE(bench.info.can_wait);
  std::uint64_t n = 0;
  for (int packets = 0; packets < 20; ++packets) {
    ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
    ASSERT_EQ(bench.packet->count, 4096U);
    EXPECT_EQ(bench.packet->gap_before, Gap{});
    for (std::uint32_t i = 0; i < bench.packet->count; ++i, ++n) {
      // frequency defaults to a thousandth of the rate; float32 rounding is 6e-8
      ASSERT_NEAR(bench.sample<float>(i),
                  std::sin(2 * std::numbers::pi * static_cast<double>(n % 1000) / 1000), 1e-7);
    }
  }
}

TEST(Sim, RealPaceDeliversWhatTheClockHasMade) {
  Bench bench(
      {{"channels", 2.0}, {"rate", std::string("1 kHz")}, {"latency", std::string("10 ms")}});
  const std::int64_t start_ns = bench.clock.now_ns();
  std::uint64_t delivered = 0;
  for (int packets = 0; packets < 100; ++packets) {
    ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
    EXPECT_EQ(bench.packet->count, 10U);
    EXPECT_EQ(bench.packet->stamp.t0_ticks,
              start_ns + static_cast<std::int64_t>(delivered) * 1'000'000);
    delivered += bench.packet->count;
    EXPECT_EQ(bench.clock.now_ns(), start_ns + static_cast<std::int64_t>(delivered) * 1'000'000);
  }
}

TEST(Sim, ReturnsNothingAtTheDeadline) {
  Bench bench({{"channels", 1.0}, {"rate", 1.0}, {"latency", std::string("10 s")}});
  const std::int64_t deadline_ns = bench.clock.now_ns() + 100'000'000;
  EXPECT_EQ(bench.read(deadline_ns), ReadOutcome::kNothing);
  EXPECT_EQ(bench.clock.now_ns(), deadline_ns);
}

TEST(Sim, ReadTooLateCountsExactlyWhatTheBufferCouldNotHold) {
  Bench bench({{"channels", 1.0},
               {"rate", std::string("1 kHz")},
               {"buffer", std::string("1 s")},
               {"latency", std::string("100 ms")}});
  bench.clock.advance(5'000'000'000);
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_EQ(bench.packet->gap_before, (Gap{.samples = 4000, .reasons = kGapDevice}));
  bench.driver->stop();
  EXPECT_EQ(bench.driver->tail_loss(0), (Gap{.samples = 900, .reasons = kGapDevice}));
}

}  // namespace
}  // namespace acq
