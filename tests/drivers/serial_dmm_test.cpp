#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "drivers/driver.h"
#include "dsp/base/packet_pool.h"
#include "tests/support/emulators/meter.h"

namespace acq {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

struct Bench {
  explicit Bench(const char* name, test::MeterEmulator::Options options = {.pause_ms = 1})
      : meter(*dmm::find_meter(name)), emulator(meter, std::move(options)) {}

  Result<InstrumentInfo> open(Table more = {}) {
    const DriverEntry* entry = find_driver("serial_dmm");
    more.insert({{"port", emulator.path()}, {"meter", std::string(meter.name)}});
    driver = entry->make(system_clock());
    return driver->open(*Params::check(entry->params, more, ""));
  }
  void start(const Table& more = {}) {
    const auto opened = open(more);
    ASSERT_TRUE(opened) << to_string(opened.error());
    ASSERT_TRUE(driver->start());
  }
  Result<ReadOutcome> read() {
    packet->clear();
    return driver->read(*packet, system_clock().now_ns() + 10 * kSecond, {});
  }
  [[nodiscard]] double value() const {
    double out = 0;
    std::memcpy(&out, packet->samples, sizeof out);
    return out;
  }

  const dmm::Meter& meter;
  test::MeterEmulator emulator;
  PacketPool pool{1, 64};
  Packet* packet = pool.take();
  std::unique_ptr<Driver> driver;
};

class SerialDmm : public testing::TestWithParam<const char*> {};

TEST_P(SerialDmm, DeliversEveryReadingInOrderWithItsDescription) {
  Bench bench(GetParam());
  bench.start();
  const auto& frames = bench.emulator.frames();
  const auto is_at = [&](std::size_t i) {
    const dmm::Reading& means = frames[i % frames.size()].means;
    const Channel& channel = bench.packet->info->channels[0];
    const double expected = dmm::value_of(means);
    return channel.unit == dmm::unit_of(means.function) &&
           channel.quantity == dmm::quantity_of(means) && channel.label == dmm::label_of(means) &&
           bench.packet->overrange_high == (means.over == dmm::Over::kHigh ? 1U : 0U) &&
           (std::isnan(expected) ? std::isnan(bench.value()) : bench.value() == expected);
  };
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  std::size_t at = 0;
  while (at < frames.size() && !is_at(at)) ++at;
  ASSERT_LT(at, frames.size());
  for (std::size_t i = 1; i < frames.size(); ++i) {
    ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
    EXPECT_TRUE(is_at(at + i)) << i;
    EXPECT_EQ(bench.packet->gap_before, Gap());
    EXPECT_EQ(bench.packet->stamp.origin, TimeOrigin::kHostArrival);
  }
}

INSTANTIATE_TEST_SUITE_P(Families, SerialDmm,
                         testing::Values("voltcraft-vc820", "uni-t-ut61d", "uni-t-ut61e",
                                         "iso-tech-idm103n", "metex-me31", "uni-t-ut71a",
                                         "brymen-bm25x", "brymen-bm857"),
                         [](const auto& tested) {
                           std::string name(tested.param);
                           for (char& c : name)
                             if (c == '-') c = '_';
                           return name;
                         });

TEST(SerialDmmLine, TellsDiscardedBytesAsAnInexactGap) {
  Bench bench("uni-t-ut61e", {.pause_ms = 20});
  bench.start();
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  bench.emulator.insert(std::string(30, '\0'));
  for (int reads = 0; reads < 10; ++reads) {
    ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
    if (bench.packet->gap_before.samples == 0) continue;
    EXPECT_EQ(bench.packet->gap_before, (Gap{3, kGapDevice, false}));  // 30 bytes of 14 each
    return;
  }
  FAIL() << "no gap was told";
}

TEST(SerialDmmLine, IsDisconnectedWhenTheMeterIsSilent) {
  Bench bench("uni-t-ut61d");
  bench.start({{"timeout", 0.2}});
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  bench.emulator.hold(true);
  Result<ReadOutcome> outcome = ReadOutcome::kPacket;
  while (outcome && *outcome == ReadOutcome::kPacket) outcome = bench.read();
  // The line is still there: the deadline passes first, then the meter counts as gone.
  if (outcome) outcome = bench.read();
  EXPECT_EQ(outcome.error().code, Code::kDisconnected);
  EXPECT_EQ(bench.open({{"timeout", 0.2}}).error().code, Code::kDisconnected);
  bench.emulator.hold(false);
  EXPECT_TRUE(bench.open({{"timeout", 5.0}}));
}

TEST(SerialDmmLine, IsDisconnectedWhenTheLineIsGone) {
  Bench bench("uni-t-ut61d");
  bench.start();
  ASSERT_EQ(bench.read(), ReadOutcome::kPacket);
  bench.emulator.unplug();
  Result<ReadOutcome> outcome = bench.read();
  while (outcome) outcome = bench.read();
  EXPECT_EQ(outcome.error().code, Code::kDisconnected);
  EXPECT_EQ(bench.open().error().code, Code::kDisconnected);
  bench.emulator.plug();
  EXPECT_TRUE(bench.open());
}

TEST(SerialDmmLine, ReadsALineWhoseParityIsTakenOffAlready) {
  Bench bench("uni-t-ut61e", {.pause_ms = 1, .has_eighth_bit = false});
  bench.start({{"framing", std::string("plain")}});
  EXPECT_EQ(bench.read(), ReadOutcome::kPacket);
  EXPECT_EQ(bench.open({{"timeout", 0.2}}).error().code, Code::kDisconnected);
}

}  // namespace
}  // namespace acq
