#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <numbers>

#include "drivers/driver.h"
#include "dsp/base/packet_pool.h"
#include "tests/support/emulators/modbus_server.h"

namespace acq {
namespace {

using test::ModbusServer;

constexpr std::int64_t kMillisecond = 1'000'000;

std::string text(std::string_view s) {
  return std::string(s);
}

Table row(const char* name, double address, const char* type, const char* order = "high_first") {
  return {{"name", text(name)},
          {"address", address},
          {"type", text(type)},
          {"word_order", text(order)}};
}

Table kind_row(const char* name, const char* kind, double address) {
  return {{"name", text(name)}, {"kind", text(kind)}, {"address", address}};
}

class ModbusTest : public testing::Test {
 protected:
  void serve(bool is_serial = false) {
    server = std::make_unique<ModbusServer>(ModbusServer::Options{.is_serial = is_serial});
  }
  [[nodiscard]] Params params(Table table) const {
    if (server->port() != 0) {
      table["port"] = static_cast<double>(server->port());
    } else {
      table["transport"] = text("rtu");
      table["device"] = server->device();
    }
    table.insert({"period", 0.005});
    const auto checked = Params::check(find_driver("modbus")->params, table, "");
    EXPECT_TRUE(checked) << to_string(checked.error());
    return *checked;
  }
  Result<InstrumentInfo> open(const Table& table) {
    if (driver == nullptr) driver = find_driver("modbus")->make(system_clock());
    return driver->open(params(table));
  }
  Result<ReadOutcome> read(std::int64_t wait_ns = 5'000 * kMillisecond) {
    packet->clear();
    return driver->read(*packet, system_clock().now_ns() + wait_ns, {});
  }
  template <typename Sample>
  [[nodiscard]] Sample sample(std::size_t i) const {
    Sample value;
    std::memcpy(&value, packet->samples + i * sizeof value, sizeof value);
    return value;
  }
  void expect_every_type();

  std::unique_ptr<ModbusServer> server;
  PacketPool pool{1, 4096};
  Packet* packet = pool.take();
  std::unique_ptr<Driver> driver;
};
using Modbus = ModbusTest;

const Table kCounter{{"registers", List{kind_row("polls", "input", 0)}}};

void ModbusTest::expect_every_type() {
  const auto info =
      open({{"registers", List{row("f", 100, "f32"), row("g", 102, "f32", "low_first"),
                               row("d", 104, "f64"), row("i", 108, "i32"), row("u", 110, "u32"),
                               row("s", 112, "i16"), row("w", 150, "u16"), kind_row("c", "coil", 9),
                               kind_row("e", "discrete", 7), kind_row("n", "input", 5)}}});
  ASSERT_TRUE(info) << to_string(info.error());
  EXPECT_EQ(info->streams[0]->dtype, Dtype::kF64);
  EXPECT_EQ(info->loss_report, LossReport::kExact);
  ASSERT_TRUE(driver->start());
  ASSERT_EQ(read(), ReadOutcome::kPacket);
  const double wanted[] = {
      -123456.75, -123456.75, std::numbers::pi, -7654321, 4e9, -123, 257.0 * 150, 1, 1, 1005};
  for (std::size_t i = 0; i < std::size(wanted); ++i) EXPECT_EQ(sample<double>(i), wanted[i]) << i;
}

TEST_F(Modbus, ReadsEveryKindAndTypeOverTcp) {
  serve();
  expect_every_type();
}

TEST_F(Modbus, ReadsEveryKindAndTypeOverASerialLine) {
  serve(true);
  expect_every_type();
}

TEST_F(Modbus, KeepsTheTypeThatAllRegistersShareAndTheScaleBeside) {
  serve();
  Table level = row("level", 4, "u16");
  level["scale"] = 0.1;
  level["offset"] = -40.0;
  level["unit"] = text("Cel");
  const auto info = open({{"registers", List{level}}, {"period", text("20 ms")}});
  ASSERT_TRUE(info);
  const StreamInfo& stream = *info->streams[0];
  EXPECT_EQ(stream.dtype, Dtype::kU16);
  EXPECT_EQ(stream.rate_hz, (Rational{50, 1}));
  EXPECT_EQ(stream.channels[0].scale, 0.1);
  EXPECT_EQ(stream.channels[0].unit, "Cel");
  ASSERT_TRUE(driver->start());
  ASSERT_EQ(read(), ReadOutcome::kPacket);
  EXPECT_EQ(sample<std::uint16_t>(0), 4 * 257);
}

// The device counts how often it was asked: with each poll by one.
TEST_F(Modbus, PollsOnceAPeriod) {
  serve();
  ASSERT_TRUE(open(kCounter));
  ASSERT_TRUE(driver->start());
  ASSERT_EQ(read(), ReadOutcome::kPacket);
  std::uint16_t before = sample<std::uint16_t>(0);
  for (int polls = 0; polls < 50; ++polls) {
    ASSERT_EQ(read(), ReadOutcome::kPacket);
    EXPECT_EQ(sample<std::uint16_t>(0), ++before);
    EXPECT_EQ(packet->count, 1U);
  }
}

TEST_F(Modbus, CountsEveryPollItMissedAsLate) {
  serve();
  ASSERT_TRUE(open(kCounter));
  const std::int64_t start_ns = system_clock().now_ns();
  ASSERT_TRUE(driver->start());
  std::uint64_t index = 0;
  for (int polls = 0; polls < 20; ++polls) {
    if (polls % 5 == 4) system_clock().sleep_until(system_clock().now_ns() + 31 * kMillisecond, {});
    ASSERT_EQ(read(), ReadOutcome::kPacket);
    if (packet->gap_before.samples > 0) {
      EXPECT_EQ(packet->gap_before.reasons, kGapLate);
    }
    EXPECT_TRUE(packet->gap_before.is_exact);
    index += packet->gap_before.samples + packet->count;
  }
  // What was delivered and what was missed are the periods that went by.
  const std::int64_t periods = (packet->stamp.t0_ticks - start_ns) / (5 * kMillisecond);
  EXPECT_NEAR(static_cast<double>(index), static_cast<double>(periods + 1), 1.0);
  EXPECT_GE(index, 20U + 4 * 5);
}

TEST_F(Modbus, CountsPollsWithoutAnAnswerAndGivesUpAfterThree) {
  serve();
  Table table = kCounter;
  table["timeout"] = text("20 ms");
  ASSERT_TRUE(open(table));
  ASSERT_TRUE(driver->start());
  ASSERT_EQ(read(), ReadOutcome::kPacket);
  server->hold(true);
  EXPECT_EQ(read().error().code, Code::kTimeout);
  EXPECT_EQ(read().error().code, Code::kTimeout);
  EXPECT_EQ(read().error().code, Code::kDisconnected);
  driver->stop();
  const Gap tail = driver->tail_loss(0);
  EXPECT_GE(tail.samples, 3U);
  EXPECT_NE(tail.reasons & kGapDevice, 0U);
  EXPECT_TRUE(tail.is_exact);
  server->hold(false);
}

TEST_F(Modbus, GoesOnWithItsScheduleAfterADisconnection) {
  serve();
  ASSERT_TRUE(open(kCounter));
  const std::int64_t start_ns = system_clock().now_ns();
  ASSERT_TRUE(driver->start());
  std::uint64_t index = 0;
  for (int polls = 0; polls < 5; ++polls) {
    ASSERT_EQ(read(), ReadOutcome::kPacket);
    index += packet->gap_before.samples + packet->count;
  }
  server->unplug();
  Result<ReadOutcome> outcome = read();
  while (outcome) outcome = read();
  EXPECT_EQ(outcome.error().code, Code::kDisconnected);
  driver->stop();
  index += driver->tail_loss(0).samples;
  driver->close();
  EXPECT_EQ(open(kCounter).error().code, Code::kDisconnected);
  system_clock().sleep_until(system_clock().now_ns() + 60 * kMillisecond, {});
  server->plug();
  ASSERT_TRUE(open(kCounter));
  ASSERT_TRUE(driver->start());
  ASSERT_EQ(read(), ReadOutcome::kPacket);
  EXPECT_GE(packet->gap_before.samples, 11U);
  EXPECT_NE(packet->gap_before.reasons & kGapReconnect, 0U);
  EXPECT_TRUE(packet->gap_before.is_exact);
  index += packet->gap_before.samples + packet->count;
  const std::int64_t periods = (packet->stamp.t0_ticks - start_ns) / (5 * kMillisecond);
  EXPECT_NEAR(static_cast<double>(index), static_cast<double>(periods + 1), 1.0);
}

TEST_F(Modbus, NamesTheRegistersTheDeviceRefuses) {
  serve();
  const auto refused = open({{"registers", List{row("a", 4, "u16"), row("b", 5000, "u16")}}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kNotFound);
  EXPECT_EQ(refused.error().where, "registers[1]");
  EXPECT_NE(refused.error().sentence.find("illegal data address"), std::string::npos);
}

TEST_F(Modbus, IsDisconnectedWhileThereIsNoPort) {
  serve(true);
  driver = find_driver("modbus")->make(system_clock());
  Table table = kCounter;
  table["transport"] = text("rtu");
  auto checked = Params::check(find_driver("modbus")->params, table, "");
  EXPECT_EQ(driver->open(*checked).error().where, "device");
  table["device"] = text("/dev/no-such-port");
  checked = Params::check(find_driver("modbus")->params, table, "");
  EXPECT_EQ(driver->open(*checked).error().code, Code::kDisconnected);
}

}  // namespace
}  // namespace acq
