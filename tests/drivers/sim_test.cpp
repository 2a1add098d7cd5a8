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
  EXPECT_EQ(bench.packet->count, 1000U);
  bench.clock.advance(900'000'000);
  bench.driver->stop();
  EXPECT_EQ(bench.driver->tail_loss(0), (Gap{.samples = 900, .reasons = kGapDevice}));
}

TEST(Sim, LayoutsHoldTheSameSamples) {
  Table given{{"channels", 3.0}, {"pace", std::string("fast")}};
  Bench scans(given, 6000);
  given["layout"] = std::string("planar");
  Bench planes(given, 6000);
  ASSERT_EQ(scans.read(), ReadOutcome::kPacket);
  ASSERT_EQ(planes.read(), ReadOutcome::kPacket);
  ASSERT_EQ(scans.packet->count, 1000U);
  for (std::size_t n = 0; n < 1000; ++n) {
    for (std::size_t c = 0; c < 3; ++c)
      ASSERT_EQ(scans.sample<std::int16_t>(n * 3 + c), planes.sample<std::int16_t>(c * 1000 + n));
  }
}

TEST(Sim, OverrangeIsFlaggedPerChannel) {
  Bench bench(
      {{"channels", 2.0},
       {"pace", std::string("fast")},
       {"range", 1.0},
       {"signal", List{Table{{"amplitude", 0.5}}, Table{{"amplitude", 0.5}, {"offset", 0.8}}}}});
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_EQ(bench.packet->overrange_high, 2U);
  EXPECT_EQ(bench.packet->overrange_low, 0U);
  EXPECT_EQ(bench.packet->flags, kFlagSimulated | kFlagOverrange);
}

TEST(Sim, ASetTakesEffectWithoutLosingTheIndex) {
  Bench bench(signal("counter"));
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  Table changed = signal("counter");
  changed["noise"] = std::string("1 mV");
  changed["range"] = 2.0;
  ASSERT_TRUE(bench.driver->set(*Params::check(find_driver("sim")->params, changed, "")));
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_EQ(bench.packet->gap_before, Gap{});
  EXPECT_EQ(bench.sample<float>(0), 4096);
}

TEST(Sim, ANewRangeComesWithTheFirstPacketItIsTrueFor) {
  Table given = signal("sine");
  given["dtype"] = std::string("i16");
  Bench bench(given);
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  const auto before = bench.packet->info;
  given["range"] = 2.5;
  ASSERT_TRUE(bench.driver->set(*Params::check(find_driver("sim")->params, given, "")));
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_EQ(before->channels[0].scale, 2 * bench.packet->info->channels[0].scale);
}

TEST(Sim, WhatCannotChangeWhileRunningIsNamed) {
  Bench bench(signal("sine"));
  Table changed = signal("sine");
  changed["rate"] = 2e6;
  const Result<void> set =
      bench.driver->set(*Params::check(find_driver("sim")->params, changed, ""));
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, Code::kUnsupported);
  EXPECT_EQ(set.error().where, "rate");
}

TEST(Sim, FaultsMayBeSetWhileRunningAndCountFromThen) {
  Bench bench(signal("counter"));
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  Table changed = signal("counter");
  changed["faults"] =
      List{Table{{"kind", std::string("lost_run")}, {"samples", 10.0}, {"at", 1e-3}}};
  ASSERT_TRUE(bench.driver->set(*Params::check(find_driver("sim")->params, changed, "")));
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_EQ(bench.packet->count, 1000U);  // a packet ends where the fault is
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_EQ(bench.packet->gap_before, (Gap{.samples = 10, .reasons = kGapDevice}));
  EXPECT_EQ(bench.sample<float>(0), 4096 + 1000 + 10);
}

TEST(Sim, IsDeterminedByItsSeed) {
  const auto first_samples = [](double seed) {
    Table given = signal("normal");
    given["seed"] = seed;
    Bench bench(given);
    EXPECT_EQ(bench.read(), ReadOutcome::kPacket);
    std::vector<float> out(bench.packet->count);
    std::memcpy(out.data(), bench.packet->samples, out.size() * sizeof(float));
    return out;
  };
  EXPECT_EQ(first_samples(3), first_samples(3));
  EXPECT_NE(first_samples(3), first_samples(4));
}

TEST(Sim, CounterStampsAreTicksOfTheRate) {
  Bench bench({{"channels", 1.0}, {"rate", 44100.0}, {"stamps", std::string("counter")}});
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_EQ(bench.packet->stamp.t0_ticks, 441);
  EXPECT_EQ(bench.packet->stamp.tick_s, (Rational{1, 44100}));
  EXPECT_EQ(bench.packet->stamp.scale, TimeScale::kFreeRunning);
  EXPECT_EQ(bench.packet->stamp.origin, TimeOrigin::kDeviceReported);
}

}  // namespace
}  // namespace acq
