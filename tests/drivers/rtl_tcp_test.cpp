#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <random>
#include <vector>

#include "drivers/driver.h"
#include "drivers/rtl_tcp/protocol.h"
#include "dsp/base/packet_pool.h"
#include "tests/support/emulators/rtl_tcp_server.h"

namespace acq {
namespace {

using test::RtlTcpServer;

constexpr std::int64_t kMillisecond = 1'000'000;

class RtlTcpTest : public testing::Test {
 protected:
  void serve(RtlTcpServer::Options options = {}) {
    options.is_unpaced = true;
    server = std::make_unique<RtlTcpServer>(std::move(options));
  }
  [[nodiscard]] Params params(Table table = {}) const {
    table["host"] = std::string("127.0.0.1");
    table["port"] = static_cast<double>(server->port());
    const auto checked = Params::check(find_driver("rtl_tcp")->params, table, "");
    EXPECT_TRUE(checked) << to_string(checked.error());
    return *checked;
  }
  Result<InstrumentInfo> open(const Table& table = {}) {
    driver = find_driver("rtl_tcp")->make(system_clock());
    return driver->open(params(table));
  }
  Result<ReadOutcome> read(std::int64_t wait_ns = 2'000 * kMillisecond) {
    packet->clear();
    return driver->read(*packet, system_clock().now_ns() + wait_ns, {});
  }
  [[nodiscard]] std::uint8_t raw(std::size_t i) const {
    return std::to_integer<std::uint8_t>(packet->samples[i]);
  }
  // Whether the packet is the counter from `expected` on, which is then what comes next.
  bool takes_counter(std::uint8_t& expected) const {
    std::uint8_t next = expected;
    for (std::size_t i = 0; i < 2 * packet->count; ++i)
      if (raw(i) != next++) return false;
    expected = next;
    return true;
  }
  // Waits until the server has got `count` commands; they come on a connection, not at once.
  [[nodiscard]] std::vector<RtlTcpServer::Received> commands(std::size_t count) const {
    const std::int64_t end_ns = system_clock().now_ns() + 5'000 * kMillisecond;
    while (server->commands().size() < count && system_clock().now_ns() < end_ns)
      system_clock().sleep_until(system_clock().now_ns() + kMillisecond, {});
    return server->commands();
  }

  std::unique_ptr<RtlTcpServer> server;
  PacketPool pool{1, 16384};
  Packet* packet = pool.take();
  std::unique_ptr<Driver> driver;
};
using RtlTcp = RtlTcpTest;

TEST_F(RtlTcp, DeliversEveryByteInOrderHoweverItIsCut) {
  serve({.message_bytes = 1021});  // a prime: pairs are cut
  ASSERT_TRUE(open({{"test_mode", true}}));
  ASSERT_TRUE(driver->start());
  std::uint64_t samples = 0;
  std::uint8_t expected = 0;
  for (int packets = 0; samples < 2'000'000; ++packets) {
    ASSERT_EQ(read(), ReadOutcome::kPacket);
    if (samples == 0) expected = raw(0);
    const bool is_counter = takes_counter(expected);
    // What was made before the test mode was switched on comes first.
    if (!is_counter && samples == 0 && packets < 1000) continue;
    ASSERT_TRUE(is_counter) << "after " << samples << " samples";
    EXPECT_EQ(packet->gap_before, Gap{});
    samples += packet->count;
  }
}

TEST_F(RtlTcp, SaysWhatItIsAndWhatItCannotKnow) {
  serve();
  const auto info = open({{"rate", std::string("1.024 MHz")}});
  ASSERT_TRUE(info) << to_string(info.error());
  EXPECT_EQ(info->model, "RTL2832 with R820T");
  EXPECT_EQ(info->loss_report, LossReport::kNotAtAll);
  EXPECT_FALSE(info->reads_settings_back);
  EXPECT_FALSE(info->can_wait);
  const StreamInfo& stream = *info->streams.at(0);
  EXPECT_EQ(stream.kind, Kind::kIq);
  EXPECT_EQ(stream.dtype, Dtype::kU8);
  EXPECT_EQ(stream.rate_hz, (Rational{1'024'000, 1}));
  ASSERT_EQ(stream.channels.size(), 2U);
  for (const Channel& channel : stream.channels) {
    EXPECT_EQ(0 * channel.scale + channel.offset, -1);
    EXPECT_EQ(255 * channel.scale + channel.offset, 1);
  }
  ASSERT_TRUE(driver->start());
  const std::int64_t before_ns = system_clock().now_ns();
  ASSERT_EQ(read(), ReadOutcome::kPacket);
  EXPECT_NE(packet->flags & kFlagSettingsUnconfirmed, 0U);
  EXPECT_EQ(packet->stamp.origin, TimeOrigin::kHostArrival);
  EXPECT_EQ(packet->stamp.scale, TimeScale::kMonotonic);
  EXPECT_GE(packet->stamp.t0_ticks, before_ns);
  EXPECT_LE(packet->stamp.t0_ticks, packet->stamp.host_rx_ns);
  EXPECT_TRUE(std::isnan(packet->stamp.sigma_ns));
}

TEST_F(RtlTcp, SaysWhatItSentOfItsSettings) {
  serve();
  const Table table{{"rate", 250'000.4}, {"frequency", 433'920'000.6}, {"gain", 49.64}};
  ASSERT_TRUE(open(table));
  EXPECT_EQ(driver->in_force(),
            (Table{{"rate", 250'000.0}, {"frequency", 433'920'001.0}, {"gain", 49.6}}));
  driver->close();
  EXPECT_EQ(driver->in_force(), Table{});
}

TEST_F(RtlTcp, SendsEverySettingAtOpenAndThenOnlyWhatChanges) {
  serve();
  const Table table{{"rate", 250e3},
                    {"frequency", std::string("433.92 MHz")},
                    {"gain_mode", std::string("manual")},
                    {"gain", 49.6},
                    {"correction", -52.0},
                    {"direct_sampling", std::string("q")},
                    {"bias_tee", true}};
  ASSERT_TRUE(open(table));
  const std::vector<RtlTcpServer::Received> wanted = {
      {0x02, 250'000}, {0x05, 4'294'967'244}, {0x09, 2}, {0x0a, 0}, {0x01, 433'920'000},
      {0x03, 1},       {0x04, 496},           {0x08, 0}, {0x0e, 1}, {0x07, 0}};
  EXPECT_EQ(commands(wanted.size()), wanted);
  Table changed = table;
  changed["frequency"] = std::string("868 MHz");
  changed["bias_tee"] = false;
  ASSERT_TRUE(driver->set(params(changed)));
  const auto all = commands(wanted.size() + 2);
  ASSERT_EQ(all.size(), wanted.size() + 2);
  EXPECT_EQ(all[10], (RtlTcpServer::Received{0x01, 868'000'000}));
  EXPECT_EQ(all[11], (RtlTcpServer::Received{0x0e, 0}));
}

TEST_F(RtlTcp, KeepsInPhaseAndQuadratureApartOverStopsOfAnyLength) {
  serve({.message_bytes = 7});
  ASSERT_TRUE(open({{"test_mode", true}}));
  for (int rounds = 0; rounds < 60; ++rounds) {
    ASSERT_TRUE(driver->start());
    for (int packets = 0; packets < 3; ++packets) {
      ASSERT_EQ(read(), ReadOutcome::kPacket);
      if (rounds == 0) continue;  // still without test mode
      ASSERT_EQ(raw(0) % 2, 0) << "the counter is even where a pair begins";
    }
    driver->stop();
    system_clock().sleep_until(system_clock().now_ns() + rounds * 30'000, {});
  }
}

// To fill the packet takes the radio two seconds.
TEST_F(RtlTcp, DoesNotWaitForALargePacketToBeFull) {
  server = std::make_unique<RtlTcpServer>();  // at its rate, not as fast as it is read
  PacketPool large{1, 1 << 20};
  packet = large.take();
  ASSERT_TRUE(open({{"rate", 250e3}}));
  ASSERT_TRUE(driver->start());
  const std::int64_t before_ns = system_clock().now_ns();
  for (int packets = 0; packets < 5; ++packets) ASSERT_EQ(read(), ReadOutcome::kPacket);
  EXPECT_LT(system_clock().now_ns() - before_ns, 2'000 * kMillisecond);
}

TEST_F(RtlTcp, MarksWhatReachedTheEndsOfTheConverter) {
  serve();
  ASSERT_TRUE(open({{"test_mode", true}}));
  ASSERT_TRUE(driver->start());
  for (int packets = 0; packets < 50; ++packets) ASSERT_EQ(read(), ReadOutcome::kPacket);
  EXPECT_EQ(packet->overrange_low, 1U);   // 0 is always an I of the counter
  EXPECT_EQ(packet->overrange_high, 2U);  // 255 always a Q
  EXPECT_NE(packet->flags & kFlagOverrange, 0U);
}

TEST_F(RtlTcp, IsDisconnectedUntilTheServerIsBack) {
  serve();
  ASSERT_TRUE(open());
  ASSERT_TRUE(driver->start());
  ASSERT_EQ(read(), ReadOutcome::kPacket);
  server->unplug();
  Result<ReadOutcome> outcome = read();
  while (outcome) outcome = read();
  EXPECT_EQ(outcome.error().code, Code::kDisconnected);
  driver->close();
  EXPECT_EQ(open().error().code, Code::kDisconnected);
  server->plug();
  const auto info = open();
  ASSERT_TRUE(info) << to_string(info.error());
  ASSERT_TRUE(driver->start());
  EXPECT_EQ(read(), ReadOutcome::kPacket);
}

TEST_F(RtlTcp, RefusesRatesBetweenTheTwoRanges) {
  serve();
  for (const double rate_hz : {225'001.0, 300'000.0, 900'001.0, 3.2e6})
    EXPECT_TRUE(open({{"rate", rate_hz}})) << rate_hz;
  for (const double rate_hz : {300'001.0, 900'000.0}) {
    const auto refused = open({{"rate", rate_hz}});
    ASSERT_FALSE(refused) << rate_hz;
    EXPECT_EQ(refused.error().code, Code::kInvalid);
    EXPECT_EQ(refused.error().where, "rate");
  }
}

TEST_F(RtlTcp, RefusesAServerThatGreetsOtherwise) {
  serve({.greeting = "SSH-2.0-OpenSSH_9.2\r\n"});
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kIo);
  EXPECT_NE(refused.error().sentence.find("SSH-"), std::string::npos);
  EXPECT_FALSE(driver->start());
}

// A greeting is refused or understood: 20,000 good ones with damage.
TEST(RtlTcpGreeting, IsCheckedWhateverComes) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string good("RTL0\0\0\0\5\0\0\0\35", rtl_tcp::kGreetingBytes);
  int taken = 0;
  for (int tries = 0; tries < 20'000; ++tries) {
    std::array<std::byte, rtl_tcp::kGreetingBytes> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(good[i]);
    for (std::uint32_t damage = random() % 4; damage > 0; --damage)
      bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    const auto greeting = rtl_tcp::parse_greeting(bytes);
    if (!greeting) {
      EXPECT_EQ(greeting.error().code, Code::kIo);
      EXPECT_FALSE(greeting.error().sentence.empty());
      continue;
    }
    ++taken;
    EXPECT_LE(greeting->gains, 256U);
    EXPECT_FALSE(rtl_tcp::tuner_name(greeting->tuner).empty());
  }
  EXPECT_GT(taken, 0);
  EXPECT_LT(taken, 20'000);
}

}  // namespace
}  // namespace acq
