#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <sstream>
#include <vector>

#include "drivers/driver.h"
#include "dsp/base/packet_pool.h"
#include "tests/support/emulators/iiod_server.h"

namespace acq {
namespace {

using test::IiodServer;

constexpr std::int64_t kMillisecond = 1'000'000;

std::string text(std::string_view s) {
  return std::string(s);
}

class IiodTest : public testing::Test {
 protected:
  void serve(IiodServer::Options options = {.is_unpaced = true}) {
    server = std::make_unique<IiodServer>(std::move(options));
  }
  [[nodiscard]] Params params(Table table) const {
    table["host"] = text("127.0.0.1");
    table["port"] = static_cast<double>(server->port());
    const auto checked = Params::check(find_driver("iiod")->params, table, "");
    EXPECT_TRUE(checked) << to_string(checked.error());
    return *checked;
  }
  Result<InstrumentInfo> open(const Table& table) {
    driver = find_driver("iiod")->make(system_clock());
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

  std::unique_ptr<IiodServer> server;
  PacketPool pool{1, 16384};
  Packet* packet = pool.take();
  std::unique_ptr<Driver> driver;
};
using Iiod = IiodTest;

TEST_F(Iiod, DescribesTheDeviceFromItsContext) {
  serve();
  const auto info = open({{"device", text("acq-adc")}});
  ASSERT_TRUE(info) << to_string(info.error());
  EXPECT_EQ(info->model, "acq-adc");
  EXPECT_EQ(info->firmware, "iiod 0.24.acq-sim");
  EXPECT_EQ(info->loss_report, LossReport::kInexact);
  EXPECT_TRUE(info->reads_settings_back);
  const StreamInfo& stream = *info->streams.at(0);
  EXPECT_EQ(stream.dtype, Dtype::kI32);  // u16 beside s24
  EXPECT_EQ(stream.rate_hz, (Rational{10'000, 1}));
  ASSERT_EQ(stream.channels.size(), 4U);
  EXPECT_EQ(stream.channels[0].id, "voltage0");
  EXPECT_EQ(stream.channels[0].unit, "mV");
  EXPECT_EQ(stream.channels[0].scale, 0.25);
  EXPECT_EQ(stream.channels[0].significant_bits, 12);
  EXPECT_EQ(stream.channels[3].unit, "mCel");
  EXPECT_EQ(stream.channels[3].scale, 62.5);
  EXPECT_EQ(stream.channels[3].offset, 512 * 62.5);  // iio adds its offset before it scales
}

TEST_F(Iiod, DeliversEverySampleOfEveryFormat) {
  serve();
  ASSERT_TRUE(open({{"device", text("acq-adc")}}));
  ASSERT_TRUE(driver->start());
  std::uint64_t n = 0;
  while (n < 20'000) {
    ASSERT_EQ(read(), ReadOutcome::kPacket);
    EXPECT_EQ(packet->gap_before, Gap{});
    EXPECT_EQ(packet->stamp.t0_ticks, IiodServer::timestamp_ns(n, 10'000));
    EXPECT_EQ(packet->stamp.origin, TimeOrigin::kDeviceReported);
    EXPECT_EQ(packet->stamp.scale, TimeScale::kUtc);
    for (std::size_t i = 0; i < packet->count; ++i, ++n) {
      for (std::size_t c = 0; c < 4; ++c)
        ASSERT_EQ(sample<std::int32_t>(4 * i + c), IiodServer::value(0, c, n)) << n << " " << c;
    }
  }
}

TEST_F(Iiod, DeliversPairsOfARadioAsIqSamplesStampedOnArrival) {
  serve();
  const auto info = open({{"device", text("iio:device1")}, {"rate", text("900 kHz")}});
  ASSERT_TRUE(info) << to_string(info.error());
  EXPECT_EQ(info->loss_report, LossReport::kNotAtAll);
  EXPECT_EQ(info->streams[0]->kind, Kind::kIq);
  EXPECT_EQ(info->streams[0]->dtype, Dtype::kI16);
  EXPECT_EQ(info->streams[0]->rate_hz, (Rational{1'000'000, 1})) << "as the device made it";
  ASSERT_TRUE(driver->start());
  std::uint64_t n = 0;
  while (n < 200'000) {
    ASSERT_EQ(read(), ReadOutcome::kPacket);
    EXPECT_EQ(packet->stamp.origin, TimeOrigin::kHostArrival);
    for (std::size_t i = 0; i < packet->count; ++i, ++n) {
      ASSERT_EQ(sample<std::int16_t>(2 * i), IiodServer::value(1, 0, n)) << n;
      ASSERT_EQ(sample<std::int16_t>(2 * i + 1), IiodServer::value(1, 1, n)) << n;
    }
  }
}

TEST_F(Iiod, ScansOnlyTheChannelsAskedFor) {
  serve();
  const Table table{
      {"device", text("acq-adc")}, {"channels", text("voltage0 voltage2")}, {"timestamps", false}};
  const auto info = open(table);
  ASSERT_TRUE(info) << to_string(info.error());
  EXPECT_EQ(info->streams[0]->channels.size(), 2U);
  ASSERT_TRUE(driver->start());
  ASSERT_EQ(read(), ReadOutcome::kPacket);
  EXPECT_EQ(sample<std::int32_t>(3), IiodServer::value(0, 2, 1));
  std::ostringstream commands;
  server->list_commands(commands);
  EXPECT_NE(commands.str().find("OPEN iio:device0 200 00000005"), std::string::npos);
}

TEST_F(Iiod, TellsLossesFromTheTimestampsWhereTheyAre) {
  serve();
  ASSERT_TRUE(open({{"device", text("acq-adc")}, {"channels", text("voltage0")}}));
  ASSERT_TRUE(driver->start());
  std::uint64_t n = 0, lost = 0;
  for (int packets = 0; packets < 60; ++packets) {
    if (packets % 20 == 10) server->lose(1 + static_cast<std::uint64_t>(packets));
    ASSERT_EQ(read(), ReadOutcome::kPacket);
    if (packet->gap_before.samples > 0) {
      EXPECT_FALSE(packet->gap_before.is_exact);
      EXPECT_EQ(packet->gap_before.reasons, kGapDevice);
    }
    lost += packet->gap_before.samples;
    n += packet->gap_before.samples;
    for (std::size_t i = 0; i < packet->count; ++i, ++n)
      ASSERT_EQ(sample<std::int16_t>(i), IiodServer::value(0, 0, n)) << n;
  }
  EXPECT_EQ(lost, 11U + 31U + 51U);
}

TEST_F(Iiod, WritesAttributesAndReadsScaleAndRateBack) {
  serve();
  Table attribute{{"channel", text("voltage0")}, {"name", text("scale")}, {"value", text("0.5")}};
  Table table{{"device", text("acq-adc")},
              {"rate", 700.0},
              {"trigger", text("acq-timer")},
              {"attributes", List{attribute}}};
  const auto info = open(table);
  ASSERT_TRUE(info) << to_string(info.error());
  EXPECT_EQ(server->attribute("iio:device0 sampling_frequency"), "1000");
  EXPECT_EQ(info->streams[0]->rate_hz, (Rational{1000, 1}));
  EXPECT_EQ(info->streams[0]->channels[0].scale, 0.5);
  ASSERT_TRUE(driver->start());
  ASSERT_EQ(read(), ReadOutcome::kPacket);
  EXPECT_EQ(packet->info->channels[0].scale, 0.5);
  attribute["value"] = text("2");
  table["attributes"] = List{attribute};
  ASSERT_TRUE(driver->set(params(table)));
  EXPECT_EQ(server->attribute("iio:device0 INPUT voltage0 scale"), "2");
  ASSERT_EQ(read(), ReadOutcome::kPacket);
  EXPECT_EQ(packet->info->channels[0].scale, 2.0);
}

TEST_F(Iiod, SaysWhatTheDeviceMadeOfItsSettings) {
  serve();
  ASSERT_TRUE(open({{"device", text("acq-adc")}, {"rate", 700.0}}));
  EXPECT_EQ(driver->in_force(), (Table{{"device", text("acq-adc")},
                                       {"channels", text("voltage0 voltage1 voltage2 temp")},
                                       {"timestamps", true},
                                       {"rate", 1000.0}}));
  ASSERT_TRUE(
      open({{"device", text("acq-adc")}, {"channels", text("voltage1")}, {"timestamps", false}}));
  EXPECT_EQ(driver->in_force().at("channels"), Value(text("voltage1")));
  EXPECT_EQ(driver->in_force().at("timestamps"), Value(false));
}

TEST_F(Iiod, SeveralDriversReadSeveralDevicesAndChannelsOfOneServer) {
  serve();
  const struct {
    const char* device;
    const char* channels;
    std::size_t count;
  } kInstruments[] = {{"acq-adc", "voltage0", 1},
                      {"acq-radio", "voltage0_i voltage0_q", 2},
                      {"acq-adc", "voltage1 voltage2", 2}};
  std::vector<std::unique_ptr<Driver>> drivers;
  for (const auto& one : kInstruments) {
    const auto info = open({{"device", text(one.device)}, {"channels", text(one.channels)}});
    ASSERT_TRUE(info) << one.device << ": " << to_string(info.error());
    EXPECT_EQ(info->streams[0]->channels.size(), one.count);
    ASSERT_TRUE(driver->start()) << one.device;
    drivers.push_back(std::move(driver));
  }
  for (int round = 0; round < 20; ++round) {
    for (const auto& one : drivers) {
      packet->clear();
      ASSERT_EQ(one->read(*packet, system_clock().now_ns() + 5'000 * kMillisecond, {}),
                ReadOutcome::kPacket);
      EXPECT_EQ(packet->gap_before, Gap{});
    }
  }
}

TEST_F(Iiod, SaysWhichDeviceChannelOrAttributeThereIsNot) {
  serve();
  const auto refusal = [&](const Table& table) { return open(table).error(); };
  Error error = refusal({});
  EXPECT_EQ(error.code, Code::kInvalid);
  EXPECT_EQ(error.where, "device");
  EXPECT_EQ(error.allowed, "acq-adc, acq-radio");
  error = refusal({{"device", text("acq-dac")}});  // it has no inputs
  EXPECT_EQ(error.code, Code::kNotFound);
  error = refusal({{"device", text("acq-adc")}, {"channels", text("voltage0 voltage9")}});
  EXPECT_EQ(error.code, Code::kNotFound);
  EXPECT_EQ(error.where, "channels");
  EXPECT_EQ(error.allowed, "voltage0 voltage1 voltage2 temp");
  const auto attribute = [](const char* name) {
    return List{Table{{"name", text(name)}, {"value", text("1")}}};
  };
  error = refusal({{"device", text("acq-adc")}, {"attributes", attribute("absent")}});
  EXPECT_EQ(error.code, Code::kNotFound);
  EXPECT_EQ(error.where, "attributes[0]");
  error = refusal({{"device", text("acq-adc")}, {"attributes", attribute("a\r\nEXIT")}});
  EXPECT_EQ(error.code, Code::kInvalid);
  error = refusal({{"device", text("acq-adc")}, {"trigger", text("absent")}});
  EXPECT_EQ(error.where, "trigger");
}

TEST_F(Iiod, GivesUpAServerThatBreaksTheProtocol) {
  using Lie = IiodServer::Lie;
  for (const Lie lie :
       {Lie::kTooLong, Lie::kNoMask, Lie::kOtherMask, Lie::kGarbage, Lie::kError, Lie::kCutScan}) {
    SCOPED_TRACE(static_cast<int>(lie));
    serve({.is_unpaced = true, .lie = lie});
    ASSERT_TRUE(open({{"device", text("acq-adc")}}));
    ASSERT_TRUE(driver->start());
    const auto outcome = read();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Code::kDisconnected);
    EXPECT_FALSE(outcome.error().sentence.empty());
  }
}

TEST_F(Iiod, RefusesAContextThatIsNone) {
  serve({.is_unpaced = true, .xml = "<html>moved</html>"});
  EXPECT_EQ(open({}).error().code, Code::kIo);
}

TEST_F(Iiod, WaitsForASlowDeviceAcrossDeadlines) {
  serve({.is_unpaced = true});
  ASSERT_TRUE(open({{"device", text("acq-adc")}}));
  server->hold(true);
  ASSERT_TRUE(driver->start());
  for (int reads = 0; reads < 5; ++reads) ASSERT_EQ(read(5 * kMillisecond), ReadOutcome::kNothing);
  server->hold(false);
  ASSERT_EQ(read(), ReadOutcome::kPacket);
  EXPECT_EQ(sample<std::int32_t>(4), IiodServer::value(0, 0, 1));
}

}  // namespace
}  // namespace acq
